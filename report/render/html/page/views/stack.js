// stack.js - a stack to read: the user's own frames, what is folded on request, and the lines of source around a frame.

// [first number, lines] of the run that has the line; null none.
function sourceAround(frame) {
  const source = data.sources[FRAMES.file(frame)], line = FRAMES.line(frame);
  for (let i = 1; source && i < source.length; i += 2)
    if (line >= source[i] && line < source[i] + source[i + 1].length) return {first: source[i], lines: source[i + 1], changed: source[0]};
  return null;
}

const AROUND = 3; // lines above and below, as report/source.h has them

function sourceBlock(frame) {
  const source = sourceAround(frame), meant = FRAMES.line(frame);
  const from = Math.max(source.first, meant - AROUND), until = Math.min(source.first + source.lines.length - 1, meant + AROUND);
  const rows = [];
  for (let line = from; line <= until; line++)
    rows.push(el('div', {class: line === meant ? 'line meant' : 'line'}, el('span', {class: 'at'}, line === meant ? `▸ ${line}` : String(line)),
      el('span', {class: 'text'}, source.lines[line - source.first] || ' ')));
  return el('div', {class: 'source', role: 'group', tabindex: 0, 'aria-label': `Source of ${framePlace(frame)}`}, rows,
    source.changed ? el('p', {class: 'muted'}, 'The file was changed after the audit began: these may be other lines.') : null);
}

function frameRow(frame, open) {
  const flags = FRAMES.flags(frame), module = text(FRAMES.module(frame));
  const kind = flags & SCRIPT ? 'python' : 'native';
  const inside = [el('span', {class: 'function'}, frameName(frame)),
    el('span', {class: 'where', title: [text(FRAMES.file(frame)), module].filter(Boolean).join('\n')}, framePlace(frame), flags & INLINED ? ' (inlined)' : '')];
  if (!sourceAround(frame)) return el('li', {class: `frame ${kind}${flags & FOLDED ? ' folded' : ''}`}, el('span', {class: 'frame-line'}, inside));
  const details = el('details', {open}, el('summary', {class: 'frame-line'}, inside));
  const show = () => details.open && details.children.length < 2 && details.append(sourceBlock(frame));
  details.addEventListener('toggle', show);
  show();
  return el('li', {class: `frame ${kind}`}, details);
}

const FRAMES_SHOWN = 8;

// As in the text report: library frames fold, and what is further out than eight of the user's own.
function stackList(stack, title) {
  const frames = framesOf(stack), list = el('ol', {class: 'stack', 'aria-label': title});
  const own = frames.filter((frame) => !(FRAMES.flags(frame) & FOLDED));
  const shown = new Set((own.length ? own : frames).slice(0, FRAMES_SHOWN));
  let folded = [], opened = false;
  const flush = () => {
    if (!folded.length) return;
    const hidden = folded;
    const item = el('li', {class: 'fold'}, button(`… ${counted(hidden.length, 'more frame', 'more frames')}`, () => {
      const rows = hidden.map((frame) => frameRow(frame, false));
      item.replaceWith(...rows);
      rows[0].tabIndex = -1;
      rows[0].focus();
    }, {'aria-label': `Show ${counted(hidden.length, 'folded frame', 'folded frames')}`}));
    list.append(item);
    folded = [];
  };
  for (const frame of frames) {
    if (!shown.has(frame)) {
      folded.push(frame);
      continue;
    }
    flush();
    const open = !opened && sourceAround(frame) !== null;
    opened ||= open;
    list.append(frameRow(frame, open));
  }
  flush();
  return list;
}

// `language`: of the stack `script`. All three are numbers.
function stackBlock(title, language, script, native) {
  const parts = [];
  if (script >= 0) parts.push(el('h5', {}, text(language)), stackList(script, `${title}: ${text(language)} stack`));
  const nativeFrames = framesOf(native);
  if (script >= 0 && nativeFrames.length && nativeFrames.every((frame) => FRAMES.flags(frame) & FOLDED)) {
    parts.push(el('details', {class: 'all-folded'}, el('summary', {}, `Native: ${counted(nativeFrames.length, 'frame', 'frames')}, all of the interpreter`),
      stackList(native, `${title}: native stack`)));
  } else if (native >= 0) {
    parts.push(el('h5', {}, 'Native'), stackList(native, `${title}: native stack`));
  }
  return parts.length ? el('section', {class: 'stack-block'}, el('h4', {}, title), parts) : null;
}
