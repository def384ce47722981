// data.js - what the report holds, by number. Columns stand for themselves when all of their values are alike; -1 is none; times are
// microseconds from the start of the audit. html_findings.c and html_data.c write it.

const data = JSON.parse(byId('data').textContent);
byId('data').remove();

// A function for each column: of a row's number its value.
function columns(table) {
  const result = {count: table.count};
  for (const [name, values] of Object.entries(table))
    if (name !== 'count') result[name] = typeof values === 'number' ? () => values : (row) => values[row];
  return result;
}

const F = columns(data.findings);
const PAGES = columns(data.pages);
const PROCESSES = columns(data.processes);
const FRAMES = columns(data.frames);
const STACKS = columns(data.stacks);

function text(index) {
  return index < 0 ? '' : data.strings[index];
}

// ---- names ----

function basename(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

// Relative to where the audit was started.
function shortPath(path) {
  const cwd = data.audit.cwd;
  return cwd.length > 1 && path.startsWith(cwd + '/') ? path.slice(cwd.length + 1) : path;
}

function moment(us) {
  return us < 0 ? '' : new Date(data.started_ms + us / 1000).toLocaleString('sv', {timeZoneName: 'short'});
}

// ---- processes ----

function processName(process) {
  return process < 0 ? '' : basename(text(PROCESSES.exe(process))) || '?';
}

// "python3 table.py": the program without its directory, and its arguments.
function processCommand(process) {
  const line = process < 0 ? '' : text(PROCESSES.argv(process));
  const space = line.indexOf(' ');
  if (!line) return processName(process);
  return space < 0 ? basename(line) : basename(line.slice(0, space)) + line.slice(space);
}

function processEnd(process) {
  if (PROCESSES.signal(process) > 0) return `killed by signal ${PROCESSES.signal(process)}`;
  if (PROCESSES.status(process) >= 0) return `exit status ${PROCESSES.status(process) & 255}`;
  return '';
}

function processAncestors(process) {
  const chain = [];
  for (let at = PROCESSES.parent(process); at >= 0 && chain.length < 100; at = PROCESSES.parent(at)) chain.push(at);
  return chain;
}

// ---- stacks ----

const SCRIPT = 1, INLINED = 2, FOLDED = 4;

// Numbers of frames, the innermost first.
function framesOf(stack) {
  const frames = [];
  for (let at = stack; at >= 0; at = STACKS.caller(at)) frames.push(STACKS.frame(at));
  return frames;
}

function hexadecimal(offset) {
  return '0x' + offset.toString(16);
}

function frameName(frame) {
  const module = basename(text(FRAMES.module(frame)));
  return text(FRAMES.function(frame)) || (module ? `${module}+${hexadecimal(FRAMES.offset(frame))}` : '?');
}

function framePlace(frame) {
  const file = text(FRAMES.file(frame)), line = FRAMES.line(frame), module = text(FRAMES.module(frame));
  if (file) return line > 0 ? `${shortPath(file)}:${line}` : shortPath(file);
  return module ? `${basename(module)}+${hexadecimal(FRAMES.offset(frame))}` : '';
}

// "Table.__init__ (table.py:23)"
function frameLabel(frame) {
  const file = text(FRAMES.file(frame)), line = FRAMES.line(frame);
  if (file) return `${frameName(frame)} (${basename(file)}${line > 0 ? ':' + line : ''})`;
  const module = basename(text(FRAMES.module(frame)));
  return text(FRAMES.function(frame)) && module ? `${frameName(frame)} (${module})` : frameName(frame);
}

function madeBy(finding) {
  const frame = F.own(finding);
  return frame < 0 ? '' : frameLabel(frame);
}

// ---- findings ----

const verdictNames = data.verdicts.map(([name]) => name);
const verdictMeanings = Object.fromEntries(data.verdicts);
if (data.audit.mode === 'snapshot') verdictMeanings.leaked = 'on disk when this snapshot was taken; processes were still running';

function verdict(finding) {
  return text(F.verdict(finding));
}

// Where each finding's pages begin in the table of pages.
const firstPages = new Int32Array(F.count + 1);
for (let i = 0; i < F.count; i++) firstPages[i + 1] = firstPages[i] + Math.max(0, F.listed(i));

function pagePath(page) {
  return text(PAGES.directory(page)) + text(PAGES.name(page));
}

// Two findings may have one id: two lines of one function. Later ones have a number behind it.
const keys = [], byKey = new Map(), withId = new Map();
for (let i = 0; i < F.count; i++) {
  const count = (withId.get(F.id(i)) ?? 0) + 1;
  withId.set(F.id(i), count);
  keys.push(text(F.id(i)) + (count > 1 ? `.${count}` : ''));
  byKey.set(keys[i], i);
}

// By finding: [scope, entries, bytes]...; by scope: [finding, entries, bytes]...
const scopesOf = new Map(), findingsIn = new Map();
for (let i = 0; i < data.scopes.length; i += 4) {
  const [finding, scope, entries, bytes] = data.scopes.slice(i, i + 4);
  if (!scopesOf.has(finding)) scopesOf.set(finding, []);
  scopesOf.get(finding).push([scope, entries, bytes]);
  if (!findingsIn.has(scope)) findingsIn.set(scope, []);
  findingsIn.get(scope).push([finding, entries, bytes]);
}

function scopeShown(finding) {
  const scopes = scopesOf.get(finding);
  if (!scopes) return '';
  return text(scopes[0][0]) + (scopes.length > 1 ? ` and ${number(scopes.length - 1)} more` : '');
}

function causeOf(finding) {
  const cause = data.causes[finding];
  if (!cause) return null;
  const [kind, detail, advice, moment, ...chain] = cause;
  return {kind: text(kind), detail: text(detail), advice: text(advice), moment: text(moment), chain: chain.map(text)};
}

// Short, for a cell: why it was still there, or how it went.
const phases = {
  'running': 'released while running', 'collector': 'released by the collector', 'after-scope': 'released after its test had ended',
  'exit': 'released by exit handlers', 'finalization': 'released while the interpreter shut down',
};
function causeShown(finding) {
  const cause = data.causes[finding];
  if (cause && cause[1] >= 0) return text(cause[1]);
  return phases[text(F.release_phase(finding))] ?? '';
}
