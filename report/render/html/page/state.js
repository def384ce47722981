// state.js - what is shown at the moment, and who wants to know: filters and order of the findings, and the one that is open.

const state = {
  verdicts: new Set(), // none: all
  words: '',
  process: -1,         // its program's name, a text's number
  scope: -1,           // a text's number
  frame: -1,           // on the merged, Python or native stack
  sort: 'worst', descending: false,
  shown: [],           // findings that pass, in order
  selected: -1,
  missing: '',         // an id that the page's address asks for, and that no finding has
};

const listeners = {};
function on(event, listener) {
  (listeners[event] ??= []).push(listener);
}
function emit(event) {
  for (const listener of listeners[event] ?? []) listener();
}

// ---- words ----

// What a finding is found by: made when it is first looked for.
const haystacks = [];
function haystack(finding) {
  haystacks[finding] ??= [
    verdict(finding), text(F.template(finding)), processCommand(F.owner(finding)), text(F.id(finding)), text(F.object_type(finding)),
    (scopesOf.get(finding) ?? []).slice(0, 50).map(([scope]) => text(scope)).join('\n'), causeShown(finding),
    framesOf(F.merged(finding)).map(frameLabel).join('\n'), pagesText(finding),
  ].join('\n').toLowerCase();
  return haystacks[finding];
}

function pagesText(finding) {
  const names = [];
  for (let page = firstPages[finding]; page < firstPages[finding + 1] && names.length < 100; page++) names.push(text(PAGES.name(page)));
  return names.join('\n');
}

// Of each finding the program's name as a text: several processes may run one.
const programs = new Map();
function programOf(finding) {
  const owner = F.owner(finding);
  return owner < 0 ? -1 : PROCESSES.exe(owner);
}
for (let i = 0; i < F.count; i++) programs.set(programOf(i), (programs.get(programOf(i)) ?? 0) + 1);

// Nodes of stacks that hold the frame themselves or among their callers. Callers have lower numbers.
function nodesThrough(frame) {
  const through = new Uint8Array(STACKS.count);
  for (let node = 0; node < STACKS.count; node++)
    through[node] = STACKS.frame(node) === frame || (STACKS.caller(node) >= 0 && through[STACKS.caller(node)]) ? 1 : 0;
  return through;
}

// ---- order ----

const orders = {
  worst: (finding) => finding,
  verdict: (finding) => verdictNames.indexOf(verdict(finding)),
  entries: (finding) => F.entries(finding),
  bytes: (finding) => F.bytes(finding),
  template: (finding) => shortPath(text(F.template(finding))),
  made: (finding) => madeBy(finding),
  process: (finding) => processName(F.owner(finding)),
  scope: (finding) => scopeShown(finding),
  cause: (finding) => causeShown(finding),
};

function sorted(findings) {
  const key = orders[state.sort], sign = state.descending ? -1 : 1;
  if (state.sort === 'worst') return state.descending ? findings.reverse() : findings;
  const values = new Map(findings.map((finding) => [finding, key(finding)]));
  return findings.sort((a, b) => {
    const x = values.get(a), y = values.get(b);
    return x === y ? a - b : x < y ? -sign : sign;
  });
}

function refresh() {
  const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
  const through = state.frame >= 0 ? nodesThrough(state.frame) : null;
  const inScope = state.scope >= 0 ? new Set(findingsInTest(state.scope).map(([finding]) => finding)) : null;
  const stackHas = (stack) => stack >= 0 && through[stack];
  const found = [];
  for (let i = 0; i < F.count; i++) {
    if (state.verdicts.size && !state.verdicts.has(verdict(i))) continue;
    if (state.process >= 0 && programOf(i) !== state.process) continue;
    if (inScope && !inScope.has(i)) continue;
    if (through && !stackHas(F.merged(i)) && !stackHas(F.python(i)) && !stackHas(F.native(i))) continue;
    if (words.length && !words.every((word) => haystack(i).includes(word))) continue;
    found.push(i);
  }
  state.shown = sorted(found);
  emit('shown');
  if (!state.shown.includes(state.selected)) select(state.shown[0] ?? -1); // what is told is always of the list
}

function isFiltered() {
  return state.verdicts.size > 0 || state.words !== '' || state.process >= 0 || state.scope >= 0 || state.frame >= 0;
}

function clearFilters() {
  state.verdicts.clear();
  Object.assign(state, {words: '', process: -1, scope: -1, frame: -1});
  refresh();
}

function select(finding) {
  if (finding === state.selected && !state.missing) return;
  state.missing = '';
  state.selected = finding;
  emit('selected');
}

function selectMissing(id) {
  Object.assign(state, {selected: -1, missing: id});
  emit('selected');
}
