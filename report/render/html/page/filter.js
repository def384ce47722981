// filter.js - the bar above the table: words, program, test; and what else narrows the list, each to be taken away again.

function options(select, all, entries) {
  select.append(el('option', {value: -1}, all), ...entries.slice(0, 500).map(([value, label]) => el('option', {value}, label)));
  return select;
}

// "a test (call)" and "a test (teardown)" are one: as scope_test in report/scope.c.
function testOf(scope) {
  const at = scope.lastIndexOf(' (');
  return at > 0 && scope.endsWith(')') ? scope.slice(0, at) : scope;
}

const scopesByTest = new Map(); // test's name: scopes' numbers
for (const scope of findingsIn.keys()) {
  const test = testOf(text(scope));
  if (!scopesByTest.has(test)) scopesByTest.set(test, []);
  scopesByTest.get(test).push(scope);
}

// Tests by the number of one of their scopes.
function findingsInTest(scope) {
  return scopesByTest.get(testOf(text(scope))).flatMap((one) => findingsIn.get(one));
}

function shortName(name, size) {
  return name.length > size ? '…' + name.slice(1 - size) : name;
}

function startFilter(section) {
  const words = el('input', {type: 'search', id: 'words', placeholder: 'Words: path, function, test, program …', 'aria-label': 'Filter findings by words',
    spellcheck: 'false', autocomplete: 'off', input: () => {
      clearTimeout(words.timer);
      words.timer = setTimeout(() => {
        state.words = words.value.trim();
        refresh();
      }, F.count > 5000 ? 200 : 0);
    }});
  const pick = (name) => (event) => {
    state[name] = Number(event.target.value);
    refresh();
  };
  const process = options(el('select', {'aria-label': 'Program', change: pick('process')}), 'All programs',
    [...programs].filter(([name]) => name >= 0).sort((a, b) => b[1] - a[1]).map(([name, count]) => [name, `${basename(text(name))} (${number(count)})`]));
  const scope = options(el('select', {'aria-label': 'Test', change: pick('scope')}), 'All tests',
    [...scopesByTest].sort().map(([test, scopes]) => [scopes[0], shortName(test, 60)]));
  const shown = el('span', {class: 'muted', id: 'shown'});
  const frame = button('', () => {
    state.frame = -1;
    refresh();
  }, {class: 'chip', hidden: true});
  const reset = button('Clear filters', clearFilters, {hidden: true, id: 'clear'});
  process.hidden = process.options.length < 3;
  scope.hidden = scope.options.length < 2;
  section.append(el('div', {class: 'toolbar', role: 'search'}, words, process, scope, frame, reset, shown));
  on('shown', () => {
    if (document.activeElement !== words) words.value = state.words;
    process.value = state.process;
    scope.value = state.scope;
    frame.hidden = state.frame < 0;
    if (state.frame >= 0) frame.replaceChildren(`through ${shortName(frameLabel(state.frame), 40)} `, el('span', {'aria-hidden': 'true'}, '✕'),
      el('span', {class: 'hidden'}, ', remove this filter'));
    reset.hidden = !isFiltered();
    shown.textContent = isFiltered() ? `${number(state.shown.length)} of ${counted(F.count, 'finding', 'findings')}` : counted(F.count, 'finding', 'findings');
    say(shown.textContent);
  });
}
