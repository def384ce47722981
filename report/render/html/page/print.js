// print.js - the page on paper: the findings in one table, and the first of them told whole. What only a screen can do is hidden by style.css.

const PRINTED = 500, TOLD = 50, PAPER = 680;

function printedTable(findings) {
  const some = findings.slice(0, PRINTED);
  return [el('table', {}, el('thead', {}, el('tr', {}, tableColumns.map((column) => el('th', {scope: 'col', class: column.number ? 'number' : null}, column.title)))),
    el('tbody', {}, some.map((finding) => el('tr', {}, tableColumns.map((column) => el('td', {class: column.number ? 'number' : null}, column.cell(finding))))))),
  some.length < findings.length ? el('p', {}, `These are ${number(some.length)} of ${number(findings.length)} findings.`) : null];
}

function printedDetails(findings) {
  const told = findings.slice(0, TOLD);
  if (state.selected >= 0 && !told.includes(state.selected)) told.push(state.selected);
  return [told.length < findings.length ? el('p', {}, `Details of ${number(told.length)} of the ${number(findings.length)} findings:`) : null,
    ...told.map((finding) => el('article', {}, findingParts(finding, PAPER)))];
}

function startPrinting() {
  let printed = null;
  addEventListener('beforeprint', () => {
    printed?.remove();
    printed = el('section', {class: 'printed'}, isFiltered() ? el('p', {}, byId('shown').textContent, ', as filtered.') : null,
      state.shown.length ? printedTable(state.shown) : null, printedDetails(state.shown));
    byId('findings').insertBefore(printed, byId('finding'));
    if (T && T.count) drawTimeline(PAPER);
    if (F.count) {
      flame.visible = true; // it need not have been in view yet
      updateFlame();
    }
  });
  addEventListener('afterprint', () => {
    printed?.remove();
    printed = null;
    if (T && T.count) drawTimeline(0);
  });
}
