// summary.js - the headline, what was not seen, the verdicts, and the audit in a few facts.

function headline() {
  const leaked = data.summary.leaked, alarming = alarmingFindings();
  if (leaked.entries)
    return {tone: 'bad', title: `${counted(leaked.entries, 'page', 'pages')} leaked, ${bytesShown(leaked.bytes)}`};
  if (alarming) return {tone: 'warn', title: `No page leaked; ${counted(alarming, 'finding', 'findings')}`};
  if (data.fixed_fails) return {tone: 'bad', title: 'No leaks, but the baseline is to be renewed'};
  const sofar = data.audit.mode === 'snapshot' ? ' so far' : '';
  if (data.coverage.complete) return {tone: 'good', title: `No leaks${sofar}`};
  return {tone: 'warn', title: `No leak was seen${sofar}, but not everything was`};
}

// Outputs on request alarm nobody, nor does what exit handlers of native programs remove.
function alarmingFindings() {
  let count = 0;
  for (let i = 0; i < F.count; i++) count += F.alarms(i);
  return count;
}

// In one sentence: whose fault, or that it was nobody's.
function subline() {
  const released = data.summary.released.entries;
  if (!alarmingFindings())
    return [`${counted(released, 'page was', 'pages were')} made and released; ${audited()}.`];
  const by = madeBy(0), command = processCommand(F.owner(0)), whole = F.count === 1;
  const most = whole ? '' : 'The worst: ';
  const what = whole ? [] : [counted(F.entries(0), 'page', 'pages'), ` ${verdict(0)}`, ', '];
  return [most, ...what, el('code', {}, shortPath(text(F.template(0)))), by ? [', made by ', el('code', {}, by)] : '',
    command ? [' in ', el('code', {title: command}, command.length > 60 ? `${command.split(' ')[0]} …` : command)] : '', '.'].flat();
}

function audited() {
  const {audited, processes} = data.seen;
  return audited === processes ? `${counted(audited, 'process', 'processes')} audited` : `${number(audited)} of ${counted(processes, 'process', 'processes')} audited`;
}

// ---- what was not seen ----

function gaps() {
  const {unaudited, running, events_lost: lost, limits} = data.coverage;
  const items = [];
  const byReason = new Map();
  for (const one of unaudited) {
    if (!byReason.has(one.reason)) byReason.set(one.reason, []);
    byReason.get(one.reason).push(one);
  }
  for (const [reason, some] of byReason) {
    const names = some.slice(0, 4).map((one) => [el('code', {}, shortPath(one.exe) || 'a process'), one.pid ? ` (pid ${one.pid})` : '']);
    items.push(el('li', {}, el('strong', {}, 'Not audited: '), names.flatMap((name, i) => (i ? [', ', ...name] : name)),
      some.length > 4 ? ` and ${number(some.length - 4)} more` : '', `: ${reason}`));
  }
  if (running.length)
    items.push(el('li', {}, el('strong', {}, 'Still running: '), running.slice(0, 6).flatMap((one, i) =>
      [i ? ', ' : '', el('code', {}, shortPath(one.exe) || '?'), ` (pid ${one.pid})`]), running.length > 6 ? ` and ${number(running.length - 6)} more` : ''));
  if (lost) items.push(el('li', {}, el('strong', {}, 'Lost: '), counted(lost, 'event', 'events')));
  items.push(...limits.map((limit) => el('li', {}, limit)));
  return items;
}

function coverageBox() {
  const items = gaps();
  if (data.coverage.complete && !items.length) return null;
  if (data.coverage.complete) return el('div', {class: 'box note'}, el('h2', {}, 'Notes'), el('ul', {}, items));
  return el('div', {class: 'box warn', id: 'coverage', role: 'note', 'aria-labelledby': 'coverage-title'},
    el('h2', {id: 'coverage-title'}, el('span', {class: 'sign', 'aria-hidden': 'true'}, '!'), 'This audit is incomplete'),
    el('p', {}, `${audited()}. There may be ${data.summary.leaked.entries ? 'more pages that nobody saw being made' : 'pages that nobody saw being made: “no leaks” cannot be said'}.`),
    items.length ? el('ul', {}, items) : null);
}

// With --fail-on-fixed: what the baseline has and the program no longer leaves.
function fixedBox() {
  if (!data.fixed_fails) return null;
  return el('div', {class: 'box bad', id: 'fixed', role: 'note', 'aria-labelledby': 'fixed-title'},
    el('h2', {id: 'fixed-title'}, el('span', {class: 'sign', 'aria-hidden': 'true'}, '!'),
      `The gate fails: ${counted(data.fixed.length, 'finding of the baseline is', 'findings of the baseline are')} no more`),
    el('p', {}, 'A ', el('code', {}, '--json'), ' report of this run is the next baseline. ', el('a', {href: '#hidden'}, 'Which they are')));
}

// ---- verdicts ----

function verdictCard(name) {
  const total = data.summary[name];
  const listed = state.counts[name] ?? 0;
  const inside = [el('span', {class: `badge ${name}`}, name), el('span', {class: 'figure'}, number(total.entries)),
    el('span', {class: 'muted'}, total.bytes ? bytesShown(total.bytes) : total.entries === 1 ? 'page' : 'pages')];
  if (!listed) return el('div', {class: total.entries ? 'card' : 'card none', title: verdictMeanings[name]}, inside);
  const card = button(null, () => {
    if (!state.verdicts.delete(name)) state.verdicts.add(name);
    refresh();
  }, {class: 'card', title: `${verdictMeanings[name]}. Click to list only these`, 'aria-pressed': 'false', 'data-verdict': name});
  card.replaceChildren(...inside);
  on('shown', () => card.setAttribute('aria-pressed', String(state.verdicts.has(name))));
  return card;
}

// ---- facts ----

const endings = {crashed: 'it crashed', killed: 'it was killed, or crashed: it left no word', lost: 'the machine went down while it ran', running: 'it was still running'};

const modes = {
  'exit': 'when all had ended', 'snapshot': 'a snapshot: processes were still running', 'post-mortem': 'post-mortem: something of it ended without a word',
};

function facts() {
  const {audit} = data, status = audit.status;
  const took = audit.ended ? (Date.parse(audit.ended) - Date.parse(audit.started)) * 1000 : -1;
  const rows = [
    ['Command', el('code', {}, audit.command_line)],
    ['Started', moment(0)],
    ['Ended', audit.ended ? `${moment(took)}, after ${duration(took)}` : 'not on record'],
    ['Status', !status ? endings[audit.ending] ?? 'not known' : 'exited' in status ? `exit status ${status.exited}` : `killed by signal ${status.signaled}`],
    ['Report', modes[audit.mode] ?? audit.mode],
    ['Seen', audited()],
    ['Where', [el('code', {}, audit.cwd), ` on ${audit.host || '?'}`]],
  ];
  return el('dl', {class: 'facts'}, rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

function startSummary() {
  const {tone, title} = headline();
  state.counts = {};
  for (let i = 0; i < F.count; i++) state.counts[verdict(i)] = (state.counts[verdict(i)] ?? 0) + 1;
  const label = data.audit.mode === 'exit' ? null : el('span', {class: 'mode'}, data.audit.mode);
  byId('summary').append(...[
    el('div', {class: `hero ${tone}`}, el('h1', {}, el('span', {class: 'sign', 'aria-hidden': 'true'}, {bad: '✕', warn: '!', good: '✓'}[tone]), title, label),
      el('p', {}, subline())),
    fixedBox(),
    coverageBox(),
    el('div', {class: 'cards', role: 'group', 'aria-label': 'Pages by verdict; press one to list only its findings'}, verdictNames.map(verdictCard)),
    facts(),
  ].filter(Boolean));
}
