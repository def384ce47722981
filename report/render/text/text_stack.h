/*
 * text_stack.h - prints stacks for people: the user's frames, without the interpreter's and libc's.
 */
#ifndef PAGELEAK_TEXT_STACK_H
#define PAGELEAK_TEXT_STACK_H

#include "base/arena.h"
#include "base/text.h"
#include "frames/languages.h"
#include "model/report_model.h"
#include "model/stack_model.h"
#include <stdio.h>

/* Cache of the lines of the native stack printed last: thousands of findings of one script have the same. */
struct text_stack_memo {
	const struct frames *frames;
	const char *label;
	const struct language *language; /* of the script's stack beside it; NULL none */
	struct text lines;
};

struct text_stack_style {
	struct arena *arena;
	FILE *out;
	bool color;
	bool all_frames;              /* leave out no frame */
	struct text cwd;              /* paths below it are shown relative to it */
	struct text_stack_memo *memo; /* NULL: cache nothing */
	const struct report *report;  /* NULL none */
};

/* The path, escaped, relative to `cwd` if it lies below; the arena's. */
const char *text_stack_path(const struct text_stack_style *style, struct text path);
/* The text, escaped, cut to `size` bytes with "..." at the end; the arena's. */
const char *text_stack_short(const struct text_stack_style *style, struct text text, size_t size);
/* Escape codes of the terminal; "" without colour. */
const char *text_stack_bold(const struct text_stack_style *style);
const char *text_stack_dim(const struct text_stack_style *style);
const char *text_stack_plain(const struct text_stack_style *style);

/*
 * Print "  label  frame" lines; nothing for an empty stack, or NULL. Of a native stack the frames of the interpreter
 * are left out that runs `beside`, the stack of the script that lies beside it (NULL none).
 */
void text_stack_script(const struct text_stack_style *style, const char *label, const struct script_stack *stack);
void text_stack_native(const struct text_stack_style *style, const char *label, const struct frames *frames,
		       const struct script_stack *beside);

#endif
