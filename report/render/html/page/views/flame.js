// flame.js - an icicle of the findings in the list by stack, callers above what they called. A tree for keyboard and screen reader,
// too: each frame in view is an element.

const FLAME_ROW = 22, FLAME_NODES = 2500, FLAME_DEPTH = 80, NARROWEST = 2;
const flame = {mode: 'merged', bytes: false, root: null, zoom: null, focused: null, search: '', place: null, info: null, found: null, stale: true, visible: false};

function makeNode(parent, name, kind, frame) {
  return {parent, name, kind, frame, entries: 0, bytes: 0, findings: 0, children: new Map(), hit: false};
}

function child(node, key, name, kind, frame) {
  let found = node.children.get(key);
  if (!found) {
    found = makeNode(node, typeof name === 'function' ? name() : name, kind, frame);
    node.children.set(key, found);
  }
  return found;
}

function weight(node) {
  return flame.bytes ? node.bytes : node.entries;
}

function addFinding(root, finding) {
  const entries = F.entries(finding), bytes = F.bytes(finding), path = [root];
  const down = (key, name, kind, frame = -1) => path.push(child(path[path.length - 1], key, name, kind, frame));
  down(`v${F.verdict(finding)}`, verdict(finding), 'verdict');
  down(`p${programOf(finding)}`, processName(F.owner(finding)) || '[nobody audited]', 'program');
  const frames = framesOf(F[flame.mode](finding));
  for (let i = frames.length - 1; i >= 0; i--) down(frames[i], () => frameLabel(frames[i]), FRAMES.flags(frames[i]) & SCRIPT ? 'python' : 'native', frames[i]);
  down(`t${F.template(finding)}`, () => shortPath(text(F.template(finding))), 'names');
  for (const node of path) {
    node.entries += entries;
    node.bytes += bytes;
    node.findings++;
  }
}

function buildFlame() {
  const root = makeNode(null, 'all', 'all', -1);
  for (const finding of state.shown) addFinding(root, finding);
  flame.root = flame.zoom = root;
  flame.focused = root;
  markHits();
}

// ---- search ----

function markHits() {
  const words = flame.search.toLowerCase();
  let frames = 0, pages = 0;
  const visit = (node, inside) => {
    node.hit = words !== '' && node.parent !== null && node.name.toLowerCase().includes(words);
    frames += node.hit ? 1 : 0;
    if (node.hit && !inside) pages += weight(node);
    for (const one of node.children.values()) visit(one, inside || node.hit);
  };
  visit(flame.root, false);
  flame.found.textContent = !words ? '' : `${counted(frames, 'frame', 'frames')}, ${flame.bytes ? bytesShown(pages) : counted(pages, 'page', 'pages')} (${percent(pages, weight(flame.root))})`;
}

// ---- drawing ----

function ordered(node) {
  return [...node.children.values()].filter((one) => weight(one) > 0).sort((a, b) => weight(b) - weight(a));
}

// What is too narrow to be drawn, in one.
function restOf(parent, nodes) {
  const rest = makeNode(parent, `${number(nodes.length)} more, each too narrow to draw`, 'rest', -1);
  for (const node of nodes) {
    rest.entries += node.entries;
    rest.bytes += node.bytes;
    rest.findings += node.findings;
    rest.hit ||= node.hit;
  }
  return rest;
}

// What is wide enough to be seen: [node, from, width, depth], from and width in hundredths.
function layout(pixels) {
  const found = [], above = [];
  for (let at = flame.zoom.parent; at; at = at.parent) above.unshift(at);
  above.forEach((node, depth) => found.push([node, 0, 100, depth]));
  const visit = (node, from, width, depth) => {
    if (found.length >= FLAME_NODES || depth > FLAME_DEPTH) return;
    found.push([node, from, width, depth]);
    let at = from;
    const all = ordered(node);
    for (let i = 0; i < all.length; i++) {
      const part = width * weight(all[i]) / weight(node);
      if (part * pixels / 100 < NARROWEST) { // and the next ones are no wider
        found.push([restOf(node, all.slice(i)), at, from + width - at, depth + 1]);
        break;
      }
      visit(all[i], at, part, depth + 1);
      at += part;
    }
  };
  visit(flame.zoom, 0, 100, above.length);
  return found;
}

function frameElement([node, from, width, depth]) {
  const item = el('div', {role: 'treeitem', 'aria-level': depth + 1, class: `flame ${node.kind}${node.kind === 'verdict' ? ` ${node.name}` : ''}${node.hit ? ' hit' : ''}${isAbove(node) ? ' above' : ''}`, tabindex: node === flame.focused ? 0 : -1,
    'aria-label': `${node.name}, ${measureText(node)}`, 'aria-expanded': node.children.size ? 'true' : null});
  if (width * flame.place.clientWidth / 100 > 24) item.textContent = node.name;
  item.style.left = `${from}%`;
  item.style.width = `${width}%`;
  item.style.top = `${depth * FLAME_ROW}px`;
  item.node = node;
  node.element = item;
  return item;
}

function isAbove(node) {
  for (let at = flame.zoom.parent; at; at = at.parent) if (at === node) return true;
  return false;
}

function measureText(node) {
  return `${counted(node.entries, 'page', 'pages')}, ${bytesShown(node.bytes)}, ${percent(weight(node), weight(flame.root))} of all, ${counted(node.findings, 'finding', 'findings')}`;
}

function drawFlame() {
  if (flame.root) clearElements(flame.root);
  const pixels = Math.max(1, flame.place.clientWidth);
  const placed = weight(flame.root) ? layout(pixels) : [];
  if (!placed.some(([node]) => node === flame.focused)) flame.focused = flame.zoom;
  const depth = placed.reduce((most, one) => Math.max(most, one[3]), 0);
  flame.place.style.height = `${(depth + 1) * FLAME_ROW + 2}px`;
  const focused = flame.place.contains(document.activeElement);
  flame.place.replaceChildren(...placed.map(frameElement));
  if (focused) flame.focused.element?.focus({preventScroll: true});
  if (!placed.length) flame.place.append(el('p', {class: 'empty'}, flame.bytes ? 'What is listed takes no space on disk.' : 'Nothing is listed.'));
  showInfo(flame.focused);
}

function clearElements(node) {
  node.element = null;
  for (const one of node.children.values()) if (one.element) clearElements(one);
}

function showInfo(node) {
  const where = node.frame >= 0 ? framePlace(node.frame) : '', module = node.frame >= 0 ? text(FRAMES.module(node.frame)) : '';
  flame.info.replaceChildren(el('strong', {}, node.name), where && !node.name.includes(where) ? el('span', {class: 'muted'}, ` ${where}`) : '',
    module ? el('span', {class: 'muted'}, ` ${basename(module)}`) : '', ` ${measureText(node)} `,
    node.frame >= 0 && node.frame !== state.frame ? button('List its findings', () => {
      state.frame = node.frame;
      refresh();
      byId('findings').scrollIntoView();
      table.viewport.focus({preventScroll: true});
    }) : '', flame.zoom.parent ? button('Zoom out', () => zoomTo(flame.zoom.parent)) : '', flame.zoom.parent ? button('Whole', () => zoomTo(flame.root)) : '');
}

// ---- by hand ----

function zoomTo(node) {
  if (node.kind === 'rest') return;
  flame.zoom = node;
  flame.focused = node;
  drawFlame();
  node.element?.focus({preventScroll: true});
}

function focusFrame(node) {
  if (!node?.element) return;
  if (flame.focused.element) flame.focused.element.tabIndex = -1;
  flame.focused = node;
  node.element.tabIndex = 0;
  node.element.focus({preventScroll: true});
  showInfo(node);
}

function drawnChildren(node) {
  return [...flame.place.children].map((element) => element.node).filter((one) => one?.parent === node);
}

function sibling(node, by) {
  const all = node.parent ? drawnChildren(node.parent) : [node];
  return all[all.indexOf(node) + by];
}

function flameKey(event) {
  const node = flame.focused;
  const moves = {
    ArrowDown: () => focusFrame(drawnChildren(node)[0]), ArrowUp: () => focusFrame(node.parent), ArrowRight: () => focusFrame(sibling(node, 1)), ArrowLeft: () => focusFrame(sibling(node, -1)),
    Home: () => focusFrame(flame.zoom), Enter: () => zoomTo(node), ' ': () => zoomTo(node), Escape: () => flame.zoom.parent && zoomTo(flame.zoom.parent),
    Backspace: () => flame.zoom.parent && zoomTo(flame.zoom.parent),
  };
  if (!(event.key in moves) || event.ctrlKey || event.altKey || event.metaKey) return;
  moves[event.key]();
  event.preventDefault();
}

// Built when it is first in view, and again when the list has changed.
function updateFlame() {
  if (!flame.visible || !flame.stale) return;
  flame.stale = false;
  buildFlame();
  drawFlame();
}

function startFlame() {
  const section = byId('flame');
  if (!F.count) {
    section.hidden = true;
    return;
  }
  flame.place = el('div', {class: 'flames', role: 'tree', 'aria-label': 'Pages by stack: arrow keys move, Enter zooms in, Escape out', keydown: flameKey,
    click: (event) => event.target.node && zoomTo(event.target.node === flame.zoom && flame.zoom.parent ? flame.zoom.parent : event.target.node),
    pointerover: (event) => event.target.node && showInfo(event.target.node), pointerleave: () => showInfo(flame.focused)});
  flame.info = el('p', {class: 'readout flame-info'});
  flame.found = el('span', {class: 'muted', role: 'status'});
  const again = () => {
    buildFlame();
    drawFlame();
  };
  const search = el('input', {type: 'search', placeholder: 'Highlight frames …', 'aria-label': 'Highlight frames', id: 'flame-search', spellcheck: 'false', input: () => {
    flame.search = search.value.trim();
    markHits();
    drawFlame();
  }});
  const note = el('p', {class: 'muted'});
  section.append(el('h2', {id: 'flame-title'}, 'Flame graph'), note, el('div', {class: 'toolbar'},
    choice('Stacks', 'flame-mode', [['merged', 'Both'], ['python', 'Python'], ['native', 'Native']], 'merged', (mode) => {
      flame.mode = mode;
      again();
    }), choice('Width', 'flame-unit', [['entries', 'Pages'], ['bytes', 'Space']], 'entries', (unit) => {
      flame.bytes = unit === 'bytes';
      markHits();
      flame.zoom = flame.root;
      drawFlame();
    }), search, flame.found),
  flame.info, flame.place);
  on('shown', () => {
    note.textContent = isFiltered() ? `Of the ${counted(state.shown.length, 'finding', 'findings')} that the filters above let through, by what made them.` : 'Of all findings, by what made them.';
    flame.stale = true;
    updateFlame();
  });
  new IntersectionObserver((seen) => {
    flame.visible = seen.some((one) => one.isIntersecting);
    updateFlame();
  }, {rootMargin: '200px'}).observe(section);
  let width = 0;
  new ResizeObserver(() => {
    if (flame.place.clientWidth === width || !flame.root) return;
    width = flame.place.clientWidth;
    drawFlame();
  }).observe(flame.place);
}
