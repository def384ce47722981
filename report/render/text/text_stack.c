/*
 * text_stack.c - which frames of a stack are shown, and how. It never changes what the report holds: folding is for the
 * eye, JSON has every frame.
 */
#include "render/text/text_stack.h"
#include "frames/merged_stack.h"
#include "frames/python_frames.h"
#include "symbols/jit_frames.h"
#include <stdlib.h>
#include <string.h>

enum { FRAMES_SHOWN = 8, NAME_WIDTH = 30, NAME_MAX_SHOWN = 72 };

/* ---- small pieces ---- */

const char *text_bold(const struct text_style *style)
{
	return style->color ? "\033[1m" : "";
}

const char *text_dim(const struct text_style *style)
{
	return style->color ? "\033[2m" : "";
}

const char *text_plain(const struct text_style *style)
{
	return style->color ? "\033[0m" : "";
}

const char *text_path(const struct text_style *style, struct text path)
{
	struct text below = text_below(path, style->cwd);
	return text_shown(style->arena, below.size ? below : path);
}

const char *text_short(const struct text_style *style, struct text text, size_t size)
{
	if (text.size <= size)
		return text_shown(style->arena, text);
	text.size = size - 3;
	while (text.size > 0 && ((unsigned char)text.at[text.size] & 0xc0) == 0x80)
		text.size--; /* not within a character */
	return arena_format(style->arena, "%s...", text_shown(style->arena, text));
}

/* ---- Python ---- */

static const char *python_place(const struct text_style *style, const struct script_frame *frame, bool brief)
{
	const char *file = brief ? text_shown(style->arena, text_basename(frame->code->file))
				 : text_path(style, frame->code->file);
	if (frame->line > 0)
		return arena_format(style->arena, "%s:%d", file, frame->line);
	return file;
}

static void python_line(const struct text_style *style, const char *label, const struct script_frame *frame,
			const struct script_frame *callee)
{
	fprintf(style->out, "  %-8s %s%-*s%s  %s", label, text_bold(style), NAME_WIDTH,
		text_short(style, frame->code->function, NAME_MAX_SHOWN), text_plain(style),
		python_place(style, frame, false));
	if (callee)
		fprintf(style->out, "  %s(calls %s, %s)%s", text_dim(style),
			text_short(style, callee->code->function, NAME_MAX_SHOWN), python_place(style, callee, true),
			text_plain(style));
	fputc('\n', style->out);
}

static void folded_line(const struct text_style *style, const char *label, size_t count, const char *of)
{
	if (count > 0)
		fprintf(style->out, "  %-8s %s... %zu more frame%s%s%s\n", label, text_dim(style), count,
			count == 1 ? "" : "s", of, text_plain(style));
}

/* What of a library it called to get here; not the machinery of an import, but the module that it ran. */
static const struct script_frame *callee_of(const struct script_stack *stack, uint32_t caller)
{
	uint32_t i = caller;
	while (i > 0 && text_starts(stack->frames[i - 1].code->file, "<frozen importlib"))
		i--;
	return i > 0 ? &stack->frames[i - 1] : caller > 0 ? &stack->frames[caller - 1] : NULL;
}

void text_python(const struct text_style *style, const char *label, const struct script_stack *stack)
{
	uint32_t first = 0, shown = 0;
	if (!stack || stack->count == 0)
		return;
	if (style->all_frames) {
		for (uint32_t i = 0; i < stack->count; i++)
			python_line(style, i ? "" : label, &stack->frames[i], NULL);
		return;
	}
	while (first < stack->count && python_is_library(&stack->frames[first]))
		first++;
	bool user = first < stack->count;
	if (!user)
		first = 0;
	for (uint32_t i = first; i < stack->count && shown < FRAMES_SHOWN; i++) {
		if (user && python_is_library(&stack->frames[i]))
			continue;
		python_line(style, shown ? "" : label, &stack->frames[i], i == first ? callee_of(stack, first) : NULL);
		shown++;
	}
	folded_line(style, "", stack->count - shown, "");
}

/* ---- native ---- */

static const char *native_place(const struct text_style *style, const struct frame *frame)
{
	if (frame->file.size > 0 && frame->line > 0)
		return arena_format(style->arena, "%s:%d", text_path(style, frame->file), frame->line);
	if (frame->module.size == 0)
		return arena_format(style->arena, "0x%llx", (unsigned long long)frame->offset);
	return arena_format(style->arena, "%s+0x%llx", text_shown(style->arena, text_basename(frame->module)),
			    (unsigned long long)frame->offset);
}

static void native_line(const struct text_style *style, const char *label, const struct frame *frame)
{
	const char *function = frame->function.size ? text_short(style, frame->function, NAME_MAX_SHOWN) : "?";
	fprintf(style->out, "  %-8s %-*s  %s%s\n", label, NAME_WIDTH, function, native_place(style, frame),
		frame->inlined ? " (inlined)" : "");
}

static void native_lines(const struct text_style *style, const char *label, const struct frames *frames, bool python)
{
	size_t shown = 0;
	bool evaluated = false, script = script_of_frames(frames) != SCRIPT_NONE;
	for (size_t i = 0; frames && i < frames->count && (style->all_frames || shown < FRAMES_SHOWN); i++) {
		const struct frame *frame = &frames->at[i];
		if (style->all_frames) {
			native_line(style, shown++ ? "" : label, frame);
			continue;
		}
		evaluated = evaluated || frame_evaluates(frame);
		if (frame_of_start(frame) || (python && frame_of_interpreter(frame, evaluated)) ||
		    (script && shown && !frame_of_script(frame)))
			continue;
		native_line(style, shown ? "" : label, frame);
		shown++;
	}
	if (frames && shown == 0 && python)
		fprintf(style->out, "  %-8s %s%zu frames, all of the interpreter%s\n", label, text_dim(style),
			frames->count, text_plain(style));
	else if (frames)
		folded_line(style, shown ? "" : label, frames->count - shown,
			    python || script ? ", most of the interpreter" : "");
}

static struct text remembered(const struct text_style *style, const char *label, const struct frames *frames,
			      bool python)
{
	struct text_memo *memo = style->memo;
	struct text_style into = *style;
	char *text = NULL;
	size_t size = 0;
	if (memo->frames == frames && memo->label == label && memo->script == python)
		return memo->lines;
	into.out = open_memstream(&text, &size);
	if (!into.out)
		return text_none();
	native_lines(&into, label, frames, python);
	fclose(into.out);
	*memo = (struct text_memo){frames, label, python, {arena_copy(style->arena, text, size), size}};
	free(text);
	return memo->lines;
}

void text_native(const struct text_style *style, const char *label, const struct frames *frames, bool python)
{
	struct text lines = style->memo && frames ? remembered(style, label, frames, python) : text_none();
	if (lines.size)
		fwrite(lines.at, 1, lines.size, style->out);
	else
		native_lines(style, label, frames, python);
}
