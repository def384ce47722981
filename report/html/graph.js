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

// A cycle goes back from its last thing to its first.
function backArrow(x, from, to) {
  return svg('g', {class: 'link'}, svg('path', {class: 'back', d: `M${x} ${from} h14 V${to} h-10`}),
    svg('path', {d: `M${x + 8} ${to - 5} L${x} ${to} L${x + 8} ${to + 5} Z`}), svg('text', {x: x + 20, y: (from + to) / 2 + 4}, 'holds'));
}

function drawGraph(nodes, cycle, width) {
  const letter = 7.4, line = 17, gap = 30, padding = 10, room = cycle ? 80 : 8;
  const columns = Math.max(16, Math.min(76, Math.floor((width - 2 * padding - room) / letter)));
  const parts = [], middles = [];
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
    middles.push([2 + box.width, y + box.height / 2]);
    if (index + 1 < boxes.length) parts.push(arrow(26, y + box.height + 2, y + box.height + gap - 2, boxes[index + 1].kind === 'page' ? 'owns' : 'holds'));
    y += box.height + gap;
  });
  if (cycle && nodes.length > 1) {
    const last = nodes.length - (nodes[nodes.length - 1].kind === 'page' ? 2 : 1);
    const right = widest + 6;
    parts.push(svg('line', {class: 'back', x1: middles[last][0] + 2, y1: middles[last][1], x2: right, y2: middles[last][1]}),
      svg('line', {class: 'back', x1: middles[0][0] + 10, y1: middles[0][1], x2: right, y2: middles[0][1]}), backArrow(right, middles[last][1], middles[0][1]));
  }
  const wide = widest + (cycle ? 76 : 4);
  return svg('svg', {class: 'graph', width: wide, height: y - gap + 4, viewBox: `0 0 ${wide} ${y - gap + 4}`, role: 'img',
    'aria-label': nodes.map((node) => node.text).join(', which holds ')}, parts);
}

// Nodes from the root down; the chain of a cause begins with the object.
function causeNodes(finding, cause) {
  const cycle = cause.kind === 'cycle';
  let chain = cause.chain.slice();
  if (cycle && chain.length > 1 && chain[0] === chain[chain.length - 1]) chain = chain.slice(0, -1);
  const nodes = chain.map((link, index) => ({text: link, kind: index === 0 ? 'object' : index === chain.length - 1 && !cycle ? 'root' : 'between'}));
  if (!cycle) nodes.reverse();
  const name = firstPages[finding + 1] > firstPages[finding] ? pagePath(firstPages[finding]) : text(F.template(finding));
  return {nodes: [...nodes, {text: shortPath(name), kind: 'page'}], cycle};
}

function causeGraph(finding, cause) {
  const place = el('div', {class: 'graph-place'});
  if (cause.chain.length < 2) return place;
  const {nodes, cycle} = causeNodes(finding, cause);
  let width = 0;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    place.replaceChildren(drawGraph(nodes, cycle, width));
  }).observe(place);
  return place;
}
