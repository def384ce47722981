// processes.js - who started whom, what of it was audited, and what each made. An image that exec replaced stands in the row of what
// came after it.

// Of images that exec replaced: the next one.
const replacedBy = new Map();
for (let i = 0; i < PROCESSES.count; i++) if (PROCESSES.before(i) >= 0) replacedBy.set(PROCESSES.before(i), i);

function lastImage(process) {
  let at = process;
  for (let steps = 0; replacedBy.has(at) && steps < 1000; steps++) at = replacedBy.get(at);
  return at;
}

function images(process) {
  const chain = [process];
  for (let at = PROCESSES.before(process); at >= 0 && chain.length < 1000; at = PROCESSES.before(at)) chain.unshift(at);
  return chain;
}

function firstImageStart(process) {
  return PROCESSES.started(images(process)[0]);
}

const tree = {rows: [], children: new Map(), roots: [], open: new Set(), body: null, at: 0, only: false};

function sum(process, column) {
  return images(process).reduce((total, image) => total + PROCESSES[column](image), 0);
}

function buildTree() {
  for (let i = 0; i < PROCESSES.count; i++) {
    if (replacedBy.has(i)) continue;
    const parent = PROCESSES.parent(images(i)[0]), above = parent < 0 ? -1 : lastImage(parent);
    if (above < 0 || above === i) tree.roots.push(i);
    else if (tree.children.has(above)) tree.children.get(above).push(i);
    else tree.children.set(above, [i]);
  }
}

// Rows in view: [process, level]. Without recursion: a chain may be long.
function visibleRows() {
  const rows = [], stack = tree.roots.map((process) => [process, 1]).reverse();
  while (stack.length) {
    const [process, level] = stack.pop();
    if (!tree.only || sum(process, 'left') || !PROCESSES.audited(process)) rows.push([process, level]);
    if (tree.open.has(process)) for (const one of (tree.children.get(process) ?? []).slice().reverse()) stack.push([one, level + 1]);
  }
  return rows;
}

function seenCell(process) {
  if (PROCESSES.audited(process)) return el('td', {}, el('span', {class: 'yes'}, '✓ audited'));
  return el('td', {}, el('span', {class: 'no'}, '! not audited'), ' ', text(PROCESSES.reason(process)));
}

function processRow([process, level], position) {
  const children = tree.children.get(process) ?? [], open = tree.open.has(process);
  const before = images(process).slice(0, -1).map(processName).filter((name) => name && name !== processName(process));
  const made = sum(process, 'made'), left = sum(process, 'left');
  const name = el('td', {class: 'process', title: text(PROCESSES.argv(process)) || text(PROCESSES.exe(process))},
    children.length ? button(open ? '▾' : '▸', () => toggle(process), {class: 'twist', tabindex: -1, 'aria-label': open ? 'Fold' : 'Unfold'}) : el('span', {class: 'twist'}),
    el('code', {}, processCommand(process)), before.length ? el('span', {class: 'muted'}, ` was ${before.join(', ')}`) : '');
  name.style.paddingLeft = `${Math.min(level - 1, 12) * 1.1 + 0.3}em`;
  const ended = PROCESSES.ended(process), started = firstImageStart(process);
  return el('tr', {tabindex: position === tree.at ? 0 : -1, 'aria-level': level, 'aria-expanded': children.length ? String(open) : null, 'data-process': process},
    name, el('td', {class: 'number'}, PROCESSES.pid(process) || ''), seenCell(process), el('td', {class: 'number'}, made ? number(made) : '0'), el('td', {class: 'number'}, number(sum(process, 'released'))),
    el('td', {class: `number${left ? ' strong' : ''}`}, number(left)), el('td', {}, processEnd(process) || (ended < 0 ? 'no end on record' : '')),
    el('td', {class: 'number'}, started === -1 ? '' : `+${duration(started)}`), el('td', {class: 'number'}, ended < 0 || started === -1 ? '' : duration(ended - started)));
}

function drawTree() {
  tree.rows = visibleRows();
  tree.at = Math.min(tree.at, Math.max(0, tree.rows.length - 1));
  tree.body.replaceChildren();
  const more = inPortions(tree.body, tree.rows.length, 200, (i) => processRow(tree.rows[i], i));
  tree.more.replaceChildren(more);
}

function toggle(process) {
  if (!tree.open.delete(process)) tree.open.add(process);
  tree.at = Math.max(0, tree.rows.findIndex(([one]) => one === process));
  drawTree();
  focusRow(tree.at);
}

function focusRow(position) {
  const row = tree.body.children[position];
  if (!row) return;
  tree.body.children[tree.at]?.setAttribute('tabindex', -1);
  tree.at = position;
  row.tabIndex = 0;
  row.focus();
}

function treeKey(event) {
  if (!event.target.matches('tr[data-process]')) return;
  const [process, level] = tree.rows[tree.at], children = tree.children.has(process), open = tree.open.has(process);
  const above = () => {
    for (let i = tree.at - 1; i >= 0; i--) if (tree.rows[i][1] < level) return focusRow(i);
  };
  const keys = {
    ArrowDown: () => focusRow(tree.at + 1), ArrowUp: () => focusRow(tree.at - 1), Home: () => focusRow(0), End: () => focusRow(tree.body.children.length - 1),
    ArrowRight: () => (children && !open ? toggle(process) : focusRow(tree.at + 1)), ArrowLeft: () => (children && open ? toggle(process) : above()), Enter: () => children && toggle(process),
  };
  if (!(event.key in keys)) return;
  keys[event.key]();
  event.preventDefault();
}

function startProcesses() {
  const section = byId('processes');
  if (!PROCESSES.count) {
    section.hidden = true;
    return;
  }
  buildTree();
  // All open while that is little to look at; else what leads to a page that was left or to what was not audited.
  const worth = (process) => PROCESSES.count <= 200 || sum(process, 'left') > 0 || !PROCESSES.audited(process);
  for (let i = 0; i < PROCESSES.count; i++)
    if (!replacedBy.has(i) && worth(i)) for (const above of [...processAncestors(images(i)[0]), i]) tree.open.add(lastImage(above));
  tree.body = el('tbody', {keydown: treeKey});
  tree.more = el('div');
  const only = el('label', {}, el('input', {type: 'checkbox', change: (event) => {
    tree.only = event.target.checked;
    drawTree();
  }}), ' Only those that left pages or were not audited');
  const left = data.processes_left_out;
  section.append(el('h2', {id: 'processes-title'}, 'Processes'), el('div', {class: 'toolbar'}, el('span', {}, `${audited()}${left ? `; ${number(left)} more are not in this file` : ''}.`), only),
    el('div', {class: 'scroll'}, el('table', {role: 'treegrid', 'aria-label': 'Processes: who started whom'}, el('thead', {}, el('tr', {},
      [['Process'], ['Pid', 'number'], ['Seen'], ['Made', 'number'], ['Released', 'number'], ['Left', 'number'], ['End'], ['Started', 'number'], ['Lived', 'number']].map(([name, kind]) =>
        el('th', {scope: 'col', class: kind}, name)))), tree.body)), tree.more);
  drawTree();
}
