// finding.js - one finding, told whole: what, whose, why, from where, how it went, and how to hide it.

const judgements = {
  'not': 'nothing says that this is a page: an output, probably',
  'pattern': 'it matches --pages',
  'temp-root': 'it lies in a directory for temporary files',
  'temp-api': 'the call that made it makes temporary ones',
  'mixed-site': 'the same place in the program released others of its kind',
  'unattributed': 'nobody that was audited made it, but it appeared where pages lie while something ran unseen',
};

const PAGES_FIRST = 12;

function row(name, ...value) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, ...value));
}

// ---- pages ----

function pageItem(page) {
  const kind = text(PAGES.kind(page)), from = text(PAGES.renamed_from(page));
  const more = [kind === 'file' ? '' : kind, PAGES.bytes(page) ? bytesShown(PAGES.bytes(page)) : '',
    PAGES.made(page) >= 0 ? `at ${offset(PAGES.made(page))}` : '', from ? `made as ${shortPath(from)}` : '', PAGES.exists(page) ? '' : 'gone now'].filter(Boolean);
  return el('li', {class: PAGES.below(page) ? 'below' : null}, el('code', {}, shortPath(pagePath(page))), ' ', el('span', {class: 'muted'}, more.join(', ')));
}

function offset(us) {
  return `+${duration(us)}`;
}

function pagesBlock(finding) {
  const first = firstPages[finding], listed = F.listed(finding), entries = F.entries(finding);
  const list = el('ul', {class: 'pages'});
  const more = inPortions(list, listed, PAGES_FIRST, (i) => pageItem(first + i));
  return el('section', {}, el('h4', {}, counted(entries, 'page', 'pages')), list, more,
    listed < entries ? el('p', {class: 'muted'}, `${number(entries - listed)} more are not in this file; --json has each.`) : null);
}

// ---- who ----

function ancestry(process) {
  const chain = [...processAncestors(process).slice(0, 12).reverse(), process];
  return el('ol', {class: 'ancestry', 'aria-label': 'Who started whom'}, chain.map((one) =>
    el('li', {class: one === process ? 'own' : null, title: text(PROCESSES.argv(one))}, `${processName(one)} `, el('span', {class: 'muted'}, PROCESSES.pid(one)))));
}

function owner(finding) {
  const process = F.owner(finding), stranger = data.strangers[finding];
  if (stranger) return strangerRows(stranger);
  if (process < 0) return [row('Owner', 'nobody that was audited')];
  const first = firstPages[finding], maker = F.listed(finding) > 0 ? PAGES.process(first) : -1;
  const rows = [row('Owner', el('code', {}, processCommand(process)), ` (pid ${PROCESSES.pid(process)})`, PROCESSES.parent(process) >= 0 ? ancestry(process) : '')];
  if (maker >= 0 && PROCESSES.pid(maker) !== PROCESSES.pid(process))
    rows.push(row('Maker', el('code', {}, processCommand(maker)), ` (pid ${PROCESSES.pid(maker)}), for it`));
  return rows;
}

function strangerRows([uid, count, ...doubts]) {
  const lines = doubts.map(([pid, exe, reason]) => el('li', {}, exe >= 0 ? [el('code', {}, shortPath(text(exe))), pid > 0 ? ` (pid ${pid}): ` : ': '] : '', text(reason)));
  return [row('Ran then', el('ul', {}, lines), count > doubts.length ? `and ${number(count - doubts.length)} more` : ''), row('User', `uid ${uid}`)];
}

function objectRow(finding) {
  if (F.object_type(finding) < 0) return null;
  const alive = F.object_alive(finding);
  return row('Object', el('code', {}, text(F.object_type(finding))), alive === 1 ? ', still alive at the end' : alive === 0 ? ', no longer alive at the end' : '');
}

function scopeRow(finding) {
  const scopes = scopesOf.get(finding);
  if (!scopes) return null;
  const list = el('ul', {class: 'plain'});
  const more = inPortions(list, scopes.length, 3, (i) => el('li', {}, button(text(scopes[i][0]), () => {
    state.scope = scopesByTest.get(testOf(text(scopes[i][0])))[0];
    refresh();
  }, {class: 'link', title: 'List the findings of this test'}), scopes.length > 1 ? el('span', {class: 'muted'}, ` ${counted(scopes[i][1], 'page', 'pages')}`) : null));
  return row(scopes.length > 1 ? `${number(scopes.length)} tests` : 'Test', list, more);
}

// ---- how it went ----

function releaseRow(finding) {
  if (F.release_process(finding) < 0 && F.release_api(finding) < 0) return null;
  const process = F.release_process(finding), by = text(F.release_by(finding)), trigger = text(F.release_trigger(finding));
  const way = !by ? '' : !trigger ? ` (${by})` : trigger === 'refcount' ? ` (${by}, when the last reference went)` : ` (${by}, by ${trigger})`;
  return row('Released', `${(phases[text(F.release_phase(finding))] ?? '').replace('released ', '')}${way}, by `, el('code', {}, text(F.release_api(finding))),
    process >= 0 ? [' in ', el('code', {}, processCommand(process)), ` (pid ${PROCESSES.pid(process)})`] : '', F.release_time(finding) >= 0 ? ` at ${offset(F.release_time(finding))}` : '');
}

function belowRows(finding) {
  const left = F.below_left(finding), removed = F.below_removed(finding);
  return [left || removed ? row('Below', left ? `${counted(left, 'entry', 'entries')}${verdict(finding) === 'leaked' ? ' left' : ''}` : '', left && removed ? ', ' : '',
    removed ? `${number(removed)} of ${number(removed + left)} removed, and the directory left` : '') : null,
  F.removed_before(finding) >= 0 ? row('Before', 'made again after it had been removed') : null];
}

function holderRow(finding) {
  const holders = data.holders[finding];
  if (!holders) return null;
  return row('Held by', el('ul', {class: 'plain'}, holders.map(([pid, exe, descriptor, path]) =>
    el('li', {}, el('code', {}, shortPath(text(exe))), ` (pid ${pid}), ${descriptor < 0 ? 'mapped' : `descriptor ${descriptor}`} `, el('span', {class: 'muted'}, shortPath(text(path)))))));
}

function causeBlock(finding, paper) {
  const cause = causeOf(finding);
  if (!cause) return null;
  return el('section', {class: 'cause'}, el('h4', {}, 'Why it was still there'), el('p', {class: 'detail'}, cause.detail),
    causeGraph(finding, cause, paper), cause.advice ? el('p', {class: 'advice'}, el('strong', {}, 'Advice: '), cause.advice) : null);
}

// ---- how to hide it ----

function ruleBlock(finding) {
  const rule = text(F.rule(finding));
  if (!rule || ['kept', 'adopted'].includes(verdict(finding))) return null;
  const line = el('code', {class: 'rule', tabindex: 0}, rule);
  const copying = button('Copy', () => copy(rule, copying), {class: 'copy', 'aria-label': 'Copy the rule'});
  return el('section', {class: 'hide'}, el('h4', {}, 'Not a leak to you?'), el('p', {}, 'A line for a file given with ', el('code', {}, '--suppressions'), ':'),
    el('div', {class: 'copyable'}, line, copying));
}

// ---- all of it ----

function findingFacts(finding) {
  const site = F.site_created(finding) > F.entries(finding)
    ? `; that place made ${number(F.site_created(finding))} and released ${number(F.site_released(finding))} of them in time` : '';
  const judged = text(F.judged(finding));
  const why = judged === 'not' && F.release_api(finding) >= 0 ? 'it was removed again' : judgements[judged] ?? judged;
  const by = madeBy(finding);
  return el('dl', {class: 'facts'}, row('Made by', by ? el('code', {}, by) : '', F.api(finding) >= 0 ? [by ? ', calling ' : '', el('code', {}, text(F.api(finding))),
    F.raw(finding) ? ' as a raw system call' : ''] : ''),
  row('Why a page', `${why}${site}`), ...[owner(finding), objectRow(finding), scopeRow(finding), belowRows(finding), holderRow(finding), releaseRow(finding)].flat().filter(Boolean));
}

function step(by) {
  const position = state.shown.indexOf(state.selected);
  moveTo((position < 0 ? 0 : position) + by);
  byId('finding-title')?.focus({preventScroll: true});
}

function detailTitle(finding, attributes) {
  return el('h3', attributes, el('span', {class: `badge ${verdict(finding)}`}, verdict(finding)), ' ',
    `${counted(F.entries(finding), 'page', 'pages')}, ${bytesShown(F.bytes(finding))} `, el('code', {}, shortPath(text(F.template(finding)))));
}

function detailHead(finding) {
  const linking = button('Copy link', () => copy(location.href.replace(/#.*/, '') + `#finding=${keys[finding]}`, linking));
  return el('header', {class: 'detail-head'},
    detailTitle(finding, {id: 'finding-title', tabindex: -1}),
    el('p', {class: 'muted'}, `${verdictMeanings[verdict(finding)]}.`),
    el('div', {class: 'actions'}, button('Previous', () => step(-1), {'aria-label': 'Previous finding'}), button('Next', () => step(1), {'aria-label': 'Next finding'}),
      linking, button('Back to the list', () => {
        table.viewport.scrollIntoView({block: 'nearest'});
        table.viewport.focus();
      }, {class: 'back'})));
}

// `paper`: of that width, without what only a screen can do; 0 on a screen.
function findingParts(finding, paper = 0) {
  const released = F.release_python(finding) >= 0 || F.release_native(finding) >= 0;
  const stacks = [stackBlock('Where it was made', F.language(finding), F.python(finding), F.native(finding)),
    released ? stackBlock('Where it was released', F.release_language(finding), F.release_python(finding), F.release_native(finding)) : null].filter(Boolean);
  return [paper ? detailTitle(finding, {}) : detailHead(finding),
    el('div', {class: 'columns'}, el('div', {}, findingFacts(finding)), el('div', {}, pagesBlock(finding))),
    causeBlock(finding, paper), stacks.length ? el('div', {class: 'columns stacks'}, stacks) : null, ruleBlock(finding),
    el('p', {class: 'muted id'}, 'Finding ', el('code', {}, keys[finding]))].filter(Boolean);
}

function missingNote(id) {
  return el('div', {class: 'box warn'}, el('h3', {id: 'finding-title', tabindex: -1}, 'No finding ', el('code', {}, id), ' in this report'),
    el('p', {}, 'The address of this page names it. It may be fixed, hidden by a rule or a baseline, or of another report.'));
}

function drawDetail() {
  const place = byId('finding'), finding = state.selected;
  place.hidden = finding < 0 && !state.missing;
  if (state.missing) place.replaceChildren(missingNote(state.missing));
  if (finding < 0) return;
  place.replaceChildren(...findingParts(finding));
}

function openDetail() {
  byId('finding').scrollIntoView({block: 'start'});
  byId('finding-title')?.focus({preventScroll: true});
}

function startFinding(section) {
  section.append(el('article', {id: 'finding', 'aria-labelledby': 'finding-title', hidden: true, keydown: (event) => {
    if (event.key === 'Escape') {
      table.viewport.scrollIntoView({block: 'nearest'});
      table.viewport.focus({preventScroll: true});
    }
  }}));
  on('selected', drawDetail);
}
