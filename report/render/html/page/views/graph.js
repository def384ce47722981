// graph.js - what held the owner of a page, as a picture: from what nobody lets go of, at the top, down to the page.

// Lines of at most `columns` characters, broken at spaces where there are any.
function wrap(line, columns, most) {
  const lines = [];
  let rest = line;
  while (rest.length > columns && lines.length + 1 < most) {
    const space = rest.lastIndexOf(' ', columns);
    const at = space > columns / 3 ? space : columns;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  lines.push(rest.length > columns ? rest.slice(0, columns - 1) + '…' : rest);
  return lines;
}

function arrow(x, from, to, label) {
  return svg('g', {class: 'link'}, svg('line', {x1: x, y1: from, x2: x, y2: to - 6}),
    svg('path', {d: `M${x - 5} ${to - 8} L${x} ${to} L${x + 5} ${to - 8} Z`}), svg('text', {x: x + 12, y: (from + to) / 2 + 4}, label));
}

// A cycle goes back from its last box to its first, around all of them on the right.
function backArrow(from, to, right) {
  const {end: x1, middle: y1} = from, {end: x2, middle: y2} = to;
  return svg('g', {class: 'link'}, svg('path', {class: 'back', d: `M${x1 + 2} ${y1} H${right} V${y2} H${x2 + 8}`}),
    svg('path', {d: `M${x2 + 9} ${y2 - 5} L${x2 + 2} ${y2} L${x2 + 9} ${y2 + 5} Z`}), svg('text', {x: right + 6, y: (y1 + y2) / 2 + 4}, 'holds'));
}

function drawGraph(nodes, cycle, width) {
  const letter = 7.4, line = 17, gap = 30, padding = 10, room = cycle ? 80 : 8;
  const columns = Math.max(16, Math.min(76, Math.floor((width - 2 * padding - room) / letter)));
  const parts = [];
  let y = 2, widest = 0;
  const boxes = nodes.map((node) => {
    const lines = wrap(node.text, columns, 4);
    const box = {...node, lines, width: Math.max(...lines.map((one) => one.length)) * letter + 2 * padding, height: lines.length * line + padding};
    widest = Math.max(widest, box.width);
    return box;
  });
  boxes.forEach((box, index) => {
    parts.push(svg('g', {class: `node ${box.kind}`}, svg('title', {}, box.text),
      svg('rect', {x: 2, y, width: box.width, height: box.height, rx: 5}),
      box.lines.map((one, row) => svg('text', {x: 2 + padding, y: y + padding / 2 + 13 + row * line}, one))));
    Object.assign(box, {end: 2 + box.width, middle: y + box.height / 2});
    if (index + 1 < boxes.length) parts.push(arrow(26, y + box.height + 2, y + box.height + gap - 2, boxes[index + 1].kind === 'page' ? 'owns' : 'holds'));
    y += box.height + gap;
  });
  if (cycle) parts.push(backArrow(boxes[boxes.length - 2], boxes[0], widest + 20));
  const wide = widest + (cycle ? 76 : 4);
  return svg('svg', {class: 'graph', width: wide, height: y - gap + 4, viewBox: `0 0 ${wide} ${y - gap + 4}`, role: 'img',
    'aria-label': nodes.map((node) => node.text).join(', which holds ')}, parts);
}

// Of a cycle the chain has the object and "cycle: Table -> list -> Table (what to know of it)". The object comes last, as it owns the page.
function cycleNodes(chain) {
  const link = chain.find((one) => one.startsWith('cycle: ')) ?? '';
  const around = link.slice(7).replace(/ \([^()]*(\([^()]*\))?[^()]*\)$/, '').split(' -> ');
  if (around.length < 2) return null;
  return [...around.slice(1, -1).map((one) => ({text: one, kind: 'between'})), {text: chain[0], kind: 'object'}];
}

// Nodes from the root down; the chain of a cause begins with the object.
function causeNodes(finding, {kind, chain}) {
  const around = kind === 'cycle' ? cycleNodes(chain) : null;
  const nodes = around ?? chain.map((link, index) => ({text: link, kind: index === 0 ? 'object' : index === chain.length - 1 ? 'root' : 'between'})).reverse();
  const name = firstPages[finding + 1] > firstPages[finding] ? pagePath(firstPages[finding]) : text(F.template(finding));
  return {nodes: [...nodes, {text: shortPath(name), kind: 'page'}], cycle: around !== null && around.length > 1};
}

// `paper`: the width, where it is known before it is drawn.
function causeGraph(finding, cause, paper) {
  const place = el('div', {class: 'graph-place'});
  if (cause.chain.length < 2) return place;
  const {nodes, cycle} = causeNodes(finding, cause);
  if (paper) {
    place.append(drawGraph(nodes, cycle, paper));
    return place;
  }
  let width = 0;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    place.replaceChildren(drawGraph(nodes, cycle, width));
  }).observe(place);
  return place;
}
