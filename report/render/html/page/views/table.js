// table.js - the findings in rows. Only the rows in view are elements, so that 50,000 are as quick as five.

const tableColumns = [
  {id: 'verdict', title: 'Verdict', cell: (finding) => el('span', {class: `badge ${verdict(finding)}`}, verdict(finding))},
  {id: 'entries', title: 'Pages', number: true, cell: (finding) => number(F.entries(finding))},
  {id: 'bytes', title: 'Space', number: true, cell: (finding) => bytesShown(F.bytes(finding))},
  {id: 'template', title: 'Names', cell: (finding) => shortPath(text(F.template(finding)))},
  {id: 'made', title: 'Made by', cell: madeBy},
  {id: 'process', title: 'Program', cell: (finding) => processName(F.owner(finding)) || 'nobody audited'},
  {id: 'scope', title: 'Test', cell: scopeShown, wanted: () => data.scopes.length > 0},
  {id: 'cause', title: 'Cause', cell: causeShown, wanted: () => {
    for (let i = 0; i < F.count; i++) if (causeShown(i)) return true;
    return false;
  }},
].filter((column) => !column.wanted || column.wanted());

const table = {viewport: null, rows: null, rowHeight: 34, at: 0, drawn: ''};

function sortBy(id) {
  // Numbers: the largest first; text: from a. A third time: the worst first again.
  const first = tableColumns.find((column) => column.id === id).number === true;
  if (state.sort !== id) Object.assign(state, {sort: id, descending: first});
  else if (state.descending === first) state.descending = !first;
  else Object.assign(state, {sort: 'worst', descending: false});
  refresh();
}

function headerCell(column, index) {
  const mark = el('span', {class: 'mark', 'aria-hidden': 'true'});
  const cell = el('div', {role: 'columnheader', 'aria-colindex': index + 1, class: `cell of-${column.id}${column.number ? ' number' : ''}`, 'aria-sort': 'none'},
    button([column.title, mark], () => sortBy(column.id), {'data-sort': column.id}));
  on('shown', () => {
    const sorted = state.sort === column.id;
    cell.setAttribute('aria-sort', !sorted ? 'none' : state.descending ? 'descending' : 'ascending');
    mark.textContent = !sorted ? '' : state.descending ? ' ▾' : ' ▴';
  });
  return cell;
}

function makeRow(position) {
  const finding = state.shown[position];
  const row = el('div', {role: 'row', id: `row-${position}`, class: 'row', 'aria-rowindex': position + 2, 'aria-selected': String(finding === state.selected)},
    tableColumns.map((column, index) => {
      const content = column.cell(finding);
      return el('div', {role: 'gridcell', 'aria-colindex': index + 1, class: `cell of-${column.id}${column.number ? ' number' : ''}`,
        title: typeof content === 'string' ? content : null}, content);
    }));
  row.style.top = `${position * table.rowHeight}px`;
  row.classList.toggle('current', position === table.at);
  return row;
}

function drawRows(force) {
  const {viewport, rows} = table;
  const header = viewport.querySelector('.head').offsetHeight;
  const first = Math.max(0, Math.floor(viewport.scrollTop / table.rowHeight) - 10);
  const last = Math.min(state.shown.length, Math.ceil((viewport.scrollTop + viewport.clientHeight - header) / table.rowHeight) + 10);
  const drawn = `${first} ${last}`;
  if (!force && drawn === table.drawn) return;
  table.drawn = drawn;
  const made = [];
  for (let position = first; position < last; position++) made.push(makeRow(position));
  rows.replaceChildren(...made);
  if (table.at >= first && table.at < last) viewport.setAttribute('aria-activedescendant', `row-${table.at}`);
  else viewport.removeAttribute('aria-activedescendant');
}

// The row's height is the style's to say: on a phone a row is a card.
function measure() {
  const height = parseFloat(getComputedStyle(table.viewport).getPropertyValue('--row'));
  if (height > 0) table.rowHeight = height;
  table.rows.style.height = `${state.shown.length * table.rowHeight}px`;
}

function reveal(position) {
  const {viewport, rowHeight} = table, header = viewport.querySelector('.head').offsetHeight;
  const room = viewport.clientHeight - header, top = position * rowHeight;
  if (top < viewport.scrollTop) viewport.scrollTop = top;
  else if (top + rowHeight > viewport.scrollTop + room) viewport.scrollTop = top + rowHeight - room;
}

function moveTo(position) {
  if (!state.shown.length) return;
  table.at = Math.max(0, Math.min(state.shown.length - 1, position));
  reveal(table.at);
  select(state.shown[table.at]);
  drawRows(true);
}

function tableKey(event) {
  const page = Math.max(1, Math.floor(table.viewport.clientHeight / table.rowHeight) - 2);
  const moves = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity};
  if (event.target !== table.viewport || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key in moves) moveTo(table.at + moves[event.key]);
  else if (event.key === 'Enter') openDetail();
  else return;
  event.preventDefault();
}

function startTable(section) {
  table.rows = el('div', {class: 'rows', role: 'rowgroup'});
  table.viewport = el('div', {class: 'grid', id: 'grid', role: 'grid', tabindex: 0, 'aria-label': 'Findings; arrow keys choose one, Enter goes to it',
    'aria-colcount': tableColumns.length, keydown: tableKey, scroll: () => requestAnimationFrame(() => drawRows(false)),
    click: (event) => {
      const row = event.target.closest('.row[id]');
      if (!row) return;
      moveTo(Number(row.id.slice(4)));
      if (matchMedia('(max-width: 700px)').matches) openDetail();
    }},
  el('div', {class: 'head', role: 'rowgroup'}, el('div', {role: 'row', 'aria-rowindex': 1, class: 'row'}, tableColumns.map(headerCell))), table.rows);
  // On a phone there is no head to press.
  const order = el('select', {class: 'order', 'aria-label': 'Order', change: () => {
    Object.assign(state, {sort: order.value, descending: ['entries', 'bytes'].includes(order.value)});
    refresh();
  }}, el('option', {value: 'worst'}, 'Worst first'), tableColumns.map((column) => el('option', {value: column.id}, `By ${column.title.toLowerCase()}`)));
  const nothing = el('p', {class: 'empty', hidden: true});
  for (const id of ['scope', 'cause']) if (tableColumns.some((column) => column.id === id)) table.viewport.classList.add(`with-${id}`);
  section.querySelector('.toolbar').append(order);
  section.append(table.viewport, nothing);
  on('shown', () => {
    table.viewport.hidden = !state.shown.length;
    section.querySelector('.toolbar').hidden = !F.count;
    nothing.hidden = state.shown.length > 0;
    nothing.textContent = F.count ? 'No finding passes these filters.' : 'There is nothing to list: every page that was seen was released in time.';
    table.viewport.setAttribute('aria-rowcount', state.shown.length + 1);
    order.value = state.sort;
    table.at = Math.max(0, state.shown.indexOf(state.selected));
    measure();
    reveal(table.at);
    drawRows(true);
  });
  on('selected', () => {
    const position = state.shown.indexOf(state.selected);
    if (position >= 0 && position !== table.at) {
      table.at = position;
      reveal(position);
    }
    drawRows(true);
  });
  new ResizeObserver(() => {
    measure();
    drawRows(true);
  }).observe(table.viewport);
}
