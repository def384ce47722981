/*
 * text_stack.c - chooses the frames to print and prints them. Must not change the report: JSON has every frame.
 */
#include "render/text/text_stack.h"
#include "frames/own_frame.h"
#include "symbols/jit_frames.h"
#include <stdlib.h>
#include <string.h>

enum { FRAMES_SHOWN = 8, NAME_WIDTH = 30, NAME_MAX_SHOWN = 72 };

/* ---- small pieces ---- */

const char *text_stack_bold(const struct text_stack_style *style)
{
	return style->color ? "\033[1m" : "";
}

const char *text_stack_dim(const struct text_stack_style *style)
{
	return style->color ? "\033[2m" : "";
}

const char *text_stack_plain(const struct text_stack_style *style)
{
	return style->color ? "\033[0m" : "";
}

const char *text_stack_path(const struct text_stack_style *style, struct text path)
{
	struct text below = text_below(path, style->cwd);
	return text_shown(style->arena, below.size ? below : path);
}

const char *text_stack_short(const struct text_stack_style *style, struct text text, size_t size)
{
	if (text.size <= size)
		return text_shown(style->arena, text);
	text.size = size - 3;
	while (text.size > 0 && ((unsigned char)text.at[text.size] & 0xc0) == 0x80)
		text.size--; /* not within a character */
	return arena_format(style->arena, "%s...", text_shown(style->arena, text));
}

/* ---- scripts ---- */

static const char *script_place(const struct text_stack_style *style, const struct script_frame *frame, bool brief)
{
	const char *file = brief ? text_shown(style->arena, text_basename(frame->code->file))
				 : text_stack_path(style, frame->code->file);
	if (frame->line > 0)
		return arena_format(style->arena, "%s:%d", file, frame->line);
	return file;
}

static void script_line(const struct text_stack_style *style, const char *label, const struct script_frame *frame,
			const struct script_frame *callee)
{
	fprintf(style->out, "  %-8s %s%-*s%s  %s", label, text_stack_bold(style), NAME_WIDTH,
		text_stack_short(style, frame->code->function, NAME_MAX_SHOWN), text_stack_plain(style),
		script_place(style, frame, false));
	if (callee)
		fprintf(style->out, "  %s(calls %s, %s)%s", text_stack_dim(style),
			text_stack_short(style, callee->code->function, NAME_MAX_SHOWN),
			script_place(style, callee, true), text_stack_plain(style));
	fputc('\n', style->out);
}

static void folded_line(const struct text_stack_style *style, const char *label, size_t count, const char *of)
{
	if (count > 0)
		fprintf(style->out, "  %-8s %s... %zu more frame%s%s%s\n", label, text_stack_dim(style), count,
			count == 1 ? "" : "s", of, text_stack_plain(style));
}

/*
 * The library function that frame `caller` called. Of an import the module that it ran, not the import machinery. NULL
 * none.
 */
static const struct script_frame *callee_of(const struct script_stack *stack, uint32_t caller)
{
	uint32_t i = caller;
	while (i > 0 && language_is_import(language_of(stack), stack->frames[i - 1].code))
		i--;
	return i > 0 ? &stack->frames[i - 1] : caller > 0 ? &stack->frames[caller - 1] : NULL;
}

void text_stack_script(const struct text_stack_style *style, const char *label, const struct script_stack *stack)
{
	uint32_t shown = 0;
	if (!stack || stack->count == 0)
		return;
	if (style->all_frames) {
		for (uint32_t i = 0; i < stack->count; i++)
			script_line(style, i ? "" : label, &stack->frames[i], NULL);
		return;
	}
	bool any = own_frame_innermost(stack) < stack->count;
	uint32_t first = own_frame_or_innermost(stack);
	for (uint32_t i = first; i < stack->count && shown < FRAMES_SHOWN; i++) {
		if (any && !own_frame_is(stack, i))
			continue;
		script_line(style, shown ? "" : label, &stack->frames[i], i == first ? callee_of(stack, first) : NULL);
		shown++;
	}
	folded_line(style, "", stack->count - shown, "");
}

/* ---- native ---- */

static const char *native_place(const struct text_stack_style *style, const struct frame *frame)
{
	if (frame->file.size > 0 && frame->line > 0)
		return arena_format(style->arena, "%s:%d", text_stack_path(style, frame->file), frame->line);
	if (frame->module.size == 0)
		return arena_format(style->arena, "0x%llx", (unsigned long long)frame->offset);
	return arena_format(style->arena, "%s+0x%llx", text_shown(style->arena, text_basename(frame->module)),
			    (unsigned long long)frame->offset);
}

static void native_line(const struct text_stack_style *style, const char *label, const struct frame *frame)
{
	const char *function = frame->function.size ? text_stack_short(style, frame->function, NAME_MAX_SHOWN) : "?";
	fprintf(style->out, "  %-8s %-*s  %s%s\n", label, NAME_WIDTH, function, native_place(style, frame),
		frame->inlined ? " (inlined)" : "");
}

static void native_lines(const struct text_stack_style *style, const char *label, const struct frames *frames,
			 const struct language *language)
{
	size_t shown = 0;
	bool evaluated = false, script = jit_frames_of(frames) != JIT_FRAMES_NONE;
	for (size_t i = 0; frames && i < frames->count && (style->all_frames || shown < FRAMES_SHOWN); i++) {
		const struct frame *frame = &frames->at[i];
		if (style->all_frames) {
			native_line(style, shown++ ? "" : label, frame);
			continue;
		}
		evaluated = evaluated || (language && language_evaluates(language, frame));
		if (own_frame_is_start(frame) || (language && language_is_runtime(language, frame, evaluated)) ||
		    (script && shown && !jit_frames_is_compiled(frame)))
			continue;
		native_line(style, shown ? "" : label, frame);
		shown++;
	}
	if (frames && shown == 0 && language)
		fprintf(style->out, "  %-8s %s%zu frames, all of the interpreter%s\n", label, text_stack_dim(style),
			frames->count, text_stack_plain(style));
	else if (frames)
		folded_line(style, shown ? "" : label, frames->count - shown,
			    language || script ? ", most of the interpreter" : "");
}

static struct text remembered(const struct text_stack_style *style, const char *label, const struct frames *frames,
			      const struct language *language)
{
	struct text_stack_memo *memo = style->memo;
	struct text_stack_style into = *style;
	char *text = NULL;
	size_t size = 0;
	if (memo->frames == frames && memo->label == label && memo->language == language)
		return memo->lines;
	into.out = open_memstream(&text, &size);
	if (!into.out)
		return text_none();
	native_lines(&into, label, frames, language);
	fclose(into.out);
	*memo = (struct text_stack_memo){frames, label, language, {arena_copy(style->arena, text, size), size}};
	free(text);
	return memo->lines;
}

void text_stack_native(const struct text_stack_style *style, const char *label, const struct frames *frames,
		       const struct script_stack *beside)
{
	const struct language *language = beside && beside->count ? language_of(beside) : NULL;
	struct text lines = style->memo && frames ? remembered(style, label, frames, language) : text_none();
	if (lines.size)
		fwrite(lines.at, 1, lines.size, style->out);
	else
		native_lines(style, label, frames, language);
}
