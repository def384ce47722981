// main.js - puts the page together, and follows its address.

function fromAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1)).get('finding');
  if (!wanted) return;
  if (!byKey.has(wanted)) {
    selectMissing(wanted.slice(0, 100));
    say(`No finding ${state.missing} in this report`);
  } else {
    if (!state.shown.includes(byKey.get(wanted))) clearFilters();
    select(byKey.get(wanted));
  }
  openDetail();
}

function startNavigation() {
  const names = {summary: 'Summary', findings: 'Findings', timeline: 'Timeline', flame: 'Flame graph', tests: 'Tests', processes: 'Processes', hidden: 'Not counted'};
  const links = Object.entries(names).filter(([id]) => !byId(id).hidden).map(([id, name]) => el('a', {href: `#${id}`, 'data-to': id}, name));
  byId('nav').append(...links);
  const observer = new IntersectionObserver(() => {
    const middle = innerHeight / 3;
    const current = links.findLast((link) => byId(link.dataset.to).getBoundingClientRect().top <= middle) ?? links[0];
    for (const link of links) {
      if (link === current) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    const nav = byId('nav'), left = current.offsetLeft - nav.offsetLeft;
    if (left < nav.scrollLeft || left + current.offsetWidth > nav.scrollLeft + nav.clientWidth) nav.scrollLeft = left - 8; // on a phone not all fit
  }, {threshold: [0, 0.1, 0.25, 0.5, 0.75, 1]});
  for (const link of links) observer.observe(byId(link.dataset.to));
}

// ---- keyboard ----

const shortcuts = [
  ['/', 'filter the findings'], ['↑ ↓, Page ↑ ↓, Home, End', 'in the table: choose a finding'], ['Enter', 'in the table: go to the finding'],
  ['Esc', 'in a finding: back to the table'], ['j, k', 'next, previous finding'], ['arrows', 'in the flame graph: move; Enter zooms in, Esc out'],
  ['← →', 'on the timeline and the processes: move, fold and unfold'], ['t', 'theme'], ['?', 'this list'],
];

function startKeys() {
  const dialog = byId('keys');
  dialog.append(el('h2', {id: 'keys-title'}, 'Keyboard'), el('dl', {}, shortcuts.flatMap(([key, what]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)])),
    button('Close', () => dialog.close()));
  byId('keys-open').addEventListener('click', () => dialog.showModal());
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || dialog.open || event.target.matches('input, select, textarea')) return;
    const keys = {'/': () => byId('words')?.focus(), '?': () => dialog.showModal(), 't': () => byId('theme').click(), 'j': () => F.count && moveTo(table.at + 1), 'k': () => F.count && moveTo(table.at - 1)};
    if (!(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
  });
}

function start() {
  startTheme();
  startSummary();
  const section = byId('findings');
  section.append(el('h2', {id: 'findings-title'}, 'Findings'));
  startFilter(section);
  startTable(section);
  startFinding(section);
  startTimeline();
  startFlame();
  startTests();
  startProcesses();
  startHidden();
  byId('foot').append(`pageleak ${data.version}`, ...(data.journal ? [' · journal ', el('code', {}, data.journal)] : []));
  document.title = `pageleak: ${headline().title}`;
  byId('top').hidden = byId('main').hidden = false;
  refresh();
  startNavigation();
  startKeys();
  startPrinting();
  fromAddress();
  addEventListener('hashchange', fromAddress);
  on('selected', () => !state.missing && history.replaceState(null, '', state.selected < 0 ? location.href.replace(/#.*/, '') : `#finding=${keys[state.selected]}`));
  document.documentElement.dataset.ready = 'true';
}

start();
