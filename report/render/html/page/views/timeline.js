// timeline.js - pages by time: how many there were, the part that was never released, what came and went, and the processes' lives.

const T = data.timeline && columns(data.timeline);
for (const name of ['from', 'to', 'width_ns', 'peak', 'peak_at', 'made_total', 'released_total']) if (T) T[name] = data.timeline[name];
const PLOT = 150, BARS = 56, LANE = 18, LANES = 14, LANES_MOST = 300, TOP = 26;
const timeline = {bytes: false, at: 0, width: 0, place: null, readout: null, paper: 0, ranked: null, lanes: LANES, more: null};

// Microseconds at which a bucket begins.
function bucketTime(index) {
  return T.from + T.number(index) * T.width_ns / 1000;
}

function scale(us) {
  const span = Math.max(1, T.to - T.from);
  return (us - T.from) / span * timeline.width;
}

// The area below a value by time; in a bucket up to the most, from there on what its end has.
function area(most, end, high) {
  const y = (value) => (TOP + PLOT - value / high * PLOT).toFixed(1);
  let path = `M0 ${TOP + PLOT}`;
  for (let i = 0; i < T.count; i++) path += `H${scale(bucketTime(i)).toFixed(1)}V${y(most(i))}V${y(end(i))}`;
  return `${path}H${timeline.width}V${TOP + PLOT}Z`;
}

// Lengths of time that are easy to read: 1, 2 or 5 times a power of ten.
function ticks(count) {
  const span = Math.max(1, T.to - T.from), rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  const every = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const result = [];
  for (let at = Math.ceil(T.from / every) * every; at <= T.to && result.length < 50; at += every) result.push(Math.round(at)); // 50: a journal may hold any time
  return result;
}

function axis() {
  const count = Math.max(2, Math.floor(timeline.width / 110));
  return ticks(count).map((us) => {
    const x = scale(us);
    return svg('g', {class: 'tick'}, svg('line', {x1: x, x2: x, y1: TOP, y2: TOP + PLOT + BARS}),
      svg('text', {x: x + 3, y: TOP + PLOT + BARS + 13}, us === 0 ? '0' : duration(us)));
  });
}

// What came above the line, what went below it, by columns of four pixels.
function bars() {
  const made = new Map(), released = new Map();
  let high = 1;
  const add = (sums, column, value) => {
    sums.set(column, (sums.get(column) ?? 0) + value);
    high = Math.max(high, sums.get(column));
  };
  for (let i = 0; i < T.count; i++) {
    const column = Math.min(Math.floor(scale(bucketTime(i)) / 4), Math.floor(timeline.width / 4) - 1);
    if (T.made(i)) add(made, column, T.made(i));
    if (T.released(i)) add(released, column, T.released(i));
  }
  const middle = TOP + PLOT + BARS / 2, height = (value) => Math.max(1.5, value / high * (BARS / 2 - 4));
  const bar = (name, up) => ([column, value]) => svg('rect', {class: name, x: column * 4, width: 3, y: up ? middle - height(value) : middle + 1, height: height(value)});
  return [svg('line', {class: 'middle', x1: 0, x2: timeline.width, y1: middle + 0.5, y2: middle + 0.5}), ...[...made].map(bar('made', true)), ...[...released].map(bar('gone', false))];
}

// By process: pages of its findings, and those that it released late.
function pagesConcerned() {
  const pages = new Map();
  const add = (process, entries) => process >= 0 && pages.set(lastImage(process), (pages.get(lastImage(process)) ?? 0) + entries);
  for (let i = 0; i < F.count; i++) {
    if (['kept', 'adopted'].includes(verdict(i))) continue;
    add(F.owner(i), F.entries(i));
    if (verdict(i) === 'late' && F.release_process(i) !== F.owner(i)) add(F.release_process(i), F.entries(i));
  }
  return pages;
}

// No end is on record, though nothing runs any more: how long it lived is not known.
function isEndless(process) {
  return PROCESSES.ended(process) < 0 && data.audit.mode !== 'snapshot';
}

function lifetime(process) {
  if (isEndless(process)) return 0;
  const ended = PROCESSES.ended(process);
  return (ended < 0 ? T.to : ended) - firstImageStart(process);
}

// Those with findings first, by their pages; then those that lived longest.
function rankProcesses() {
  const pages = pagesConcerned(), all = [];
  for (let i = 0; i < PROCESSES.count; i++) if (firstImageStart(i) !== -1 && !replacedBy.has(i)) all.push(i);
  all.sort((a, b) => (pages.get(b) ?? 0) - (pages.get(a) ?? 0) || lifetime(b) - lifetime(a) || a - b);
  return {all, concerned: all.filter((process) => pages.has(process)).length};
}

// In the order in which they began.
function laneProcesses() {
  return timeline.ranked.all.slice(0, timeline.lanes).sort((a, b) => firstImageStart(a) - firstImageStart(b) || a - b);
}

function laneNote() {
  const {all, concerned} = timeline.ranked, most = Math.min(all.length, LANES_MOST), left = all.length - timeline.lanes;
  const show = (lanes) => {
    timeline.lanes = lanes;
    drawTimeline();
    timeline.more.querySelector('button').focus();
  };
  if (timeline.lanes > LANES)
    return [left > 0 ? `${counted(left, 'more process', 'more processes')}: the table of processes has each. ` : '', button('Show fewer processes', () => show(LANES))];
  if (left <= 0) return [];
  const without = concerned > LANES ? `, ${number(concerned - LANES)} of them with findings` : ', shorter-lived and without findings';
  return [`${counted(left, 'more process', 'more processes')}${without}. `, button(most < all.length ? `Show ${number(most)}` : 'Show all', () => show(most))];
}

function lanes(processes) {
  return processes.map((process, index) => {
    const from = scale(Math.max(T.from, firstImageStart(process))), ended = PROCESSES.ended(process), y = TOP + PLOT + BARS + 22 + index * LANE;
    const width = Math.max(2, scale(ended < 0 ? T.to : ended) - from), name = `${processName(process)} ${PROCESSES.pid(process)}`;
    const right = from > timeline.width * 0.7;
    return svg('g', {class: `lane${PROCESSES.audited(process) ? '' : ' unseen'}${isEndless(process) ? ' endless' : ''}`},
      svg('title', {}, `${processCommand(process)} (pid ${PROCESSES.pid(process)}): ${laneStory(process)}`),
      svg('rect', {x: from, y: y + 2, width, height: LANE - 5, rx: 2}),
      svg('text', right ? {x: from - 5, y: y + 13, 'text-anchor': 'end'} : {x: from + 5, y: y + 13}, name));
  });
}

function laneStory(process) {
  const left = sum(process, 'left'), ended = PROCESSES.ended(process);
  return [PROCESSES.audited(process) ? `made ${counted(sum(process, 'made'), 'page', 'pages')}${left ? ` and left ${number(left)}` : ''}` : 'not audited',
    ended < 0 ? 'no end on record' : `lived ${duration(ended - firstImageStart(process))}`, processEnd(process)].filter(Boolean).join(', ');
}

function highWater(high) {
  const x = scale(T.peak_at), y = TOP + PLOT - T.peak / high * PLOT, right = x > timeline.width / 2;
  return svg('g', {class: 'peak'}, svg('line', {x1: x, x2: x, y1: TOP - 8, y2: TOP + PLOT}), svg('circle', {cx: x, cy: y, r: 4}),
    svg('text', {x: right ? x - 6 : x + 6, y: TOP - 10, 'text-anchor': right ? 'end' : 'start'}, `high water: ${counted(T.peak, 'page', 'pages')} at +${duration(T.peak_at)}`));
}

// How wide a text is the font decides: one that begins or ends outside is moved in, and a time at the edge left out.
function moveIn(picture) {
  const outside = [...picture.querySelectorAll('text')].map((text) => [text, text.getBBox()]).filter(([, {x, width}]) => x < 0 || x + width > timeline.width);
  for (const [text, {width}] of outside) {
    if (text.closest('.tick')) text.remove();
    else if (text.getAttribute('text-anchor') === 'end') fill(text, {'text-anchor': 'start', x: 0}, []);
    else text.setAttribute('x', Math.max(0, timeline.width - width));
  }
}

// `paper`: the width from now on, whatever that of the window; 0: the window's again.
function drawTimeline(paper = timeline.paper) {
  timeline.paper = paper;
  timeline.width = paper || Math.floor(timeline.place.clientWidth) || timeline.width;
  const high = timeline.bytes ? Math.max(1, T.left_bytes(T.count - 1)) : Math.max(1, T.peak);
  const processes = laneProcesses(), height = TOP + PLOT + BARS + 26 + processes.length * LANE;
  const left = timeline.bytes ? T.left_bytes : T.left;
  const cursor = svg('line', {class: 'cursor', y1: TOP, y2: height, visibility: 'hidden'});
  const picture = svg('svg', {class: 'timeline', width: timeline.width, height, viewBox: `0 0 ${timeline.width} ${height}`, role: 'slider', tabindex: 0,
    'aria-label': 'Pages by time; arrow keys move along', 'aria-valuemin': 0, 'aria-valuemax': T.count - 1, 'aria-valuenow': 0, 'aria-valuetext': momentText(0)},
  svg('defs', {}, svg('pattern', {id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
    svg('rect', {class: 'hatch-ground', width: 6, height: 6}), svg('line', {class: 'hatch-line', x1: 0, y1: 0, x2: 0, y2: 6}))),
  axis(), timeline.bytes ? null : svg('path', {class: 'live', d: area(T.most, T.live, high)}), svg('path', {class: 'left', d: area(left, left, high)}),
  svg('text', {class: 'high', x: 2, y: TOP + 11}, timeline.bytes ? bytesShown(high) : ''),
  bars(), lanes(processes), timeline.bytes ? null : highWater(high), cursor);
  const show = (index) => {
    timeline.at = Math.max(0, Math.min(T.count - 1, index));
    const x = scale(bucketTime(timeline.at));
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
    cursor.setAttribute('visibility', 'visible');
    picture.setAttribute('aria-valuenow', timeline.at);
    picture.setAttribute('aria-valuetext', momentText(timeline.at));
    timeline.readout.textContent = momentText(timeline.at);
  };
  picture.addEventListener('pointermove', (event) => show(nearest(event.offsetX)));
  picture.addEventListener('pointerdown', (event) => show(nearest(event.offsetX)));
  picture.addEventListener('keydown', (event) => {
    const moves = {ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1, PageUp: 20, PageDown: -20, Home: -T.count, End: T.count};
    if (!(event.key in moves)) return;
    show(timeline.at + moves[event.key]);
    event.preventDefault();
  });
  timeline.place.replaceChildren(picture);
  moveIn(picture);
  timeline.more.replaceChildren(...laneNote());
}

function nearest(x) {
  let low = 0, high = T.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (scale(bucketTime(middle)) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

function momentText(index) {
  return `+${duration(Math.round(bucketTime(index)))}: ${counted(T.live(index), 'page', 'pages')} there, ${number(T.left(index))} of them never released` +
    ` (${bytesShown(T.left_bytes(index))}); here ${number(T.made(index))} made, ${number(T.released(index))} released`;
}

// The same as text, in at most 40 steps.
function timelineTable() {
  const step = Math.max(1, Math.ceil(T.count / 40)), rows = [];
  for (let i = 0; i < T.count; i += step) {
    let made = 0, released = 0, most = 0;
    const last = Math.min(T.count, i + step) - 1;
    for (let k = i; k <= last; k++) {
      made += T.made(k);
      released += T.released(k);
      most = Math.max(most, T.most(k));
    }
    rows.push(el('tr', {}, [`+${duration(Math.round(bucketTime(i)))}`, number(made), number(released), number(most), number(T.live(last)), number(T.left(last)),
      bytesShown(T.left_bytes(last))].map((value) => el('td', {class: 'number'}, value))));
  }
  return el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Timeline as a table'}, el('table', {}, el('thead', {}, el('tr', {},
    ['From', 'Made', 'Released', 'Most', 'There at the end', 'Never released', 'Their space'].map((name) => el('th', {scope: 'col', class: 'number'}, name)))),
  el('tbody', {}, rows)));
}

function legend(name, label) {
  return el('span', {class: 'key'}, svg('svg', {width: 14, height: 12, 'aria-hidden': 'true'}, svg('rect', {class: name, width: 14, height: 12})), label);
}

function startTimeline() {
  const section = byId('timeline');
  if (!T || !T.count) {
    section.hidden = true;
    return;
  }
  timeline.place = el('div', {class: 'timeline-place'});
  timeline.more = el('p', {class: 'muted'});
  timeline.ranked = rankProcesses();
  timeline.readout = el('p', {class: 'readout'}, `${counted(T.made_total, 'page', 'pages')} made, ${number(T.released_total)} released; at most ${number(T.peak)} at one time.`);
  const table = el('details', {}, el('summary', {}, 'As a table'));
  table.addEventListener('toggle', () => table.children.length < 2 && table.append(timelineTable()), {once: true});
  section.append(el('h2', {id: 'timeline-title'}, 'Timeline'),
    el('div', {class: 'toolbar'}, choice('Show', 'timeline-unit', [['pages', 'Pages'], ['bytes', 'Space never released']], 'pages', (value) => {
      timeline.bytes = value === 'bytes';
      drawTimeline();
    }), el('span', {class: 'keys'}, legend('live', 'there'), legend('left', 'never released'), legend('made', 'made'), legend('gone', 'released'))),
    timeline.place, timeline.more, timeline.readout, table);
  new ResizeObserver(() => {
    const width = Math.floor(timeline.place.clientWidth);
    if (width && width !== timeline.width && !timeline.paper) drawTimeline();
  }).observe(timeline.place);
}
