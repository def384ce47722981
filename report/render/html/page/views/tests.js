// tests.js - pages by test or other scope, and what rules hid.

function testRows() {
  const rows = [];
  for (const [test, scopes] of scopesByTest) {
    const row = {test, scope: scopes[0], findings: new Set(), phases: new Set(), entries: 0, bytes: 0, verdicts: new Map()};
    for (const scope of scopes) {
      const phase = text(scope).slice(test.length + 2, -1);
      if (phase) row.phases.add(phase);
      for (const [finding, entries, bytes] of findingsIn.get(scope)) {
        row.findings.add(finding);
        row.entries += entries;
        row.bytes += bytes;
        row.verdicts.set(verdict(finding), (row.verdicts.get(verdict(finding)) ?? 0) + entries);
      }
    }
    rows.push(row);
  }
  const worst = (row) => Math.min(...[...row.verdicts.keys()].map((name) => verdictNames.indexOf(name)));
  return rows.sort((a, b) => worst(a) - worst(b) || b.entries - a.entries || (a.test < b.test ? -1 : 1));
}

function testRow(row) {
  return el('tr', {}, el('td', {}, button(row.test, () => {
    state.scope = row.scope;
    refresh();
    byId('findings').scrollIntoView();
    table.viewport.focus({preventScroll: true});
  }, {class: 'link', title: 'List its findings'})), el('td', {}, [...row.verdicts].map(([name, entries]) => el('span', {class: `badge ${name}`}, `${number(entries)} ${name}`))),
  el('td', {class: 'number'}, number(row.findings.size)), el('td', {class: 'number'}, number(row.entries)), el('td', {class: 'number'}, bytesShown(row.bytes)), el('td', {}, [...row.phases].join(', ')));
}

function startTests() {
  const section = byId('tests'), rows = testRows();
  if (!rows.length && !data.tests.length) {
    section.hidden = true;
    return;
  }
  const clean = data.tests.map(text).filter((test) => !scopesByTest.has(test)).sort();
  const body = el('tbody');
  const more = inPortions(body, rows.length, 100, (i) => testRow(rows[i]));
  section.append(...[el('h2', {id: 'tests-title'}, 'Tests'),
    el('p', {}, `${counted(rows.length, 'test', 'tests')} with findings, ${number(clean.length)} that released every page in time.`),
    rows.length ? el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, ['Test', 'Verdicts', 'Findings', 'Pages', 'Space', 'Phase'].map((name) =>
      el('th', {scope: 'col', class: ['Findings', 'Pages', 'Space'].includes(name) ? 'number' : null}, name)))), body)) : null, more,
    data.scopes_left_out ? el('p', {class: 'muted'}, `${number(data.scopes_left_out)} more are not in this file; --json has each.`) : null,
    clean.length ? cleanTests(clean) : null].filter(Boolean));
}

function cleanTests(clean) {
  const list = el('ul', {class: 'plain'}), details = el('details', {}, el('summary', {}, `${counted(clean.length, 'clean test', 'clean tests')}`), list);
  details.addEventListener('toggle', () => details.append(inPortions(list, clean.length, 100, (i) => el('li', {}, clean[i]))), {once: true});
  return details;
}

// ---- what does not count ----

function startHidden() {
  const section = byId('hidden'), items = [];
  for (const {rule, entries, bytes, known} of data.suppressed)
    items.push(el('li', {}, `${counted(entries, 'entry', 'entries')} (${bytesShown(bytes)}): `, el('code', {}, rule), known ? el('span', {class: 'muted'}, ` left by design: ${known}`) : ''));
  for (const rule of data.unused_rules) items.push(el('li', {}, 'A rule that hid nothing: ', el('code', {}, rule)));
  for (const one of data.fixed.slice(0, 20))
    items.push(el('li', {}, 'Of the baseline, and no more: ', el('code', {}, shortPath(one.template)), ` (${one.verdict})`, one.made ? `, made by ${one.made}` : ''));
  if (data.fixed.length > 20) items.push(el('li', {}, `${number(data.fixed.length - 20)} more of the baseline are no more.`));
  if (data.collected) items.push(el('li', {}, `${counted(data.collected, 'page was', 'pages were')} released only by Python’s garbage collector; --why or --fail-on=collector lists them.`));
  if (data.findings_left_out) items.push(el('li', {}, `${counted(data.findings_left_out, 'finding', 'findings')} more, the least of all, are not in this file; --json has each.`));
  const kept = data.summary.kept;
  if (kept.entries && !state.counts.kept) items.push(el('li', {}, `${counted(kept.entries, 'entry', 'entries')} (${bytesShown(kept.bytes)}) kept: nothing says that they are pages; --show-kept lists them.`));
  if (!items.length) {
    section.hidden = true;
    return;
  }
  section.append(el('h2', {id: 'hidden-title'}, 'Not counted'), el('ul', {}, items));
}
