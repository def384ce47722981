'use strict';
// dom.js - elements, numbers and times as people read them. What a journal says reaches the page as text nodes and attribute values
// only; there is no way from here to markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Functions among the attributes listen: {click: f}.
function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function byId(id) {
  return document.getElementById(id);
}

function button(text, click, attributes = {}) {
  return el('button', {type: 'button', click, ...attributes}, text);
}

// Two or more choices, one of them taken: real radio buttons, so that the keyboard works as everywhere.
function choice(legend, name, options, chosen, change) {
  return el('fieldset', {class: 'choice'}, el('legend', {}, legend), options.map(([value, text]) =>
    el('label', {}, el('input', {type: 'radio', name, value, checked: value === chosen, change: () => change(value)}), el('span', {}, text))));
}

// For screen readers: what just changed.
function say(text) {
  byId('said').textContent = text;
}

// A few rows, and a button for more: ten times as many with each press.
function inPortions(parent, count, first, row) {
  let shown = 0, portion = first;
  const more = button('', () => add(), {class: 'more'});
  function add() {
    const until = Math.min(count, shown + portion);
    const rows = [];
    while (shown < until) rows.push(row(shown++));
    parent.append(...rows);
    if (shown > first) portion = Math.min(1000, portion * 10);
    more.textContent = `Show ${number(Math.min(portion, count - shown))} more of ${number(count - shown)}`;
    more.hidden = shown >= count;
    more.dataset.left = `and ${number(count - shown)} more`; // on paper, where nobody can press it
  }
  add();
  return more;
}

async function copy(text, from) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copySelected(text);
  }
  const before = from.textContent;
  from.textContent = done ? 'Copied' : 'Not copied';
  say(from.textContent);
  setTimeout(() => { from.textContent = before; }, 1500);
}

// Where the page has no clipboard of its own, as from a file in some browsers.
function copySelected(text) {
  const area = el('textarea', {class: 'hidden', 'aria-hidden': 'true'});
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

// ---- numbers ----

const grouped = new Intl.NumberFormat('en');
function number(value) {
  return grouped.format(value);
}

function counted(value, one, many) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

function bytesShown(bytes) {
  let value = bytes / 1024, unit = 0;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  if (bytes < 1024) return `${bytes} B`;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

// Microseconds as a length of time.
function duration(us) {
  const seconds = us / 1e6;
  if (us < 0) return '?';
  if (us < 1000) return `${us} µs`;
  if (seconds < 1) return `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} min`;
  return `${(seconds / 86400).toFixed(1)} days`;
}

function percent(part, whole) {
  if (!whole) return '0 %';
  const value = 100 * part / whole;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}
