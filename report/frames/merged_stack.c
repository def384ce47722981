/*
 * merged_stack.c - puts the frames of a script in the place of the interpreter's. Must not change the two stacks: the report keeps both.
 */
#include "frames/merged_stack.h"
#include "frames/languages.h"
#include <string.h>

/* Where every thread and program starts. */
static const char *const start_functions[] = {
	"__libc_start_main",
	"__libc_start_call_main",
	"_start",
	"start_thread",
	"clone3",
	"__clone3",
	"__clone",
	"clone",
	"__GI___clone",
};

static bool is_start(struct text function)
{
	for (size_t i = 0; i < sizeof start_functions / sizeof *start_functions; i++)
		if (text_is(function, start_functions[i]))
			return true;
	return false;
}

/* glibc's versioned names: __libc_start_main_impl and the like. */
bool frame_of_start(const struct frame *frame)
{
	/* What calls main and a thread's function is local to libc, so it has no name where that is stripped. */
	bool nameless = !frame->function.size && text_starts(text_basename(frame->module), "libc.so");
	return nameless || is_start(frame->function) || text_starts(frame->function, "__libc_start_main");
}

/* ---- two stacks as one ---- */

static void push_native(struct merged *out, const struct frame *frame)
{
	out->at[out->count++] = (struct merged_frame){.function = frame->function,
						      .file = frame->file,
						      .line = frame->line,
						      .module = frame->module,
						      .build_id = frame->build_id,
						      .offset = frame->offset,
						      .inlined = frame->inlined};
}

static void push_script(struct merged *out, const struct script_frame *frame)
{
	out->at[out->count++] = (struct merged_frame){.function = frame->code->function,
						      .file = frame->code->file,
						      .line = frame->line,
						      .script = frame->code};
}

struct merged merge_stacks(struct arena *arena, const struct script_stack *script, const struct frames *native)
{
	size_t count = native ? native->count : 0, first = count, last = count;
	uint32_t frames = script ? script->count : 0;
	const struct language *language = language_of(script);
	struct merged out = {arena_take(arena, (count + frames + 1) * sizeof *out.at), 0};
	bool evaluated = false;
	for (size_t i = 0; frames && i < count; i++) {
		evaluated = evaluated || language_evaluates(language, &native->at[i]);
		if (!language_is_runtime(language, &native->at[i], evaluated))
			continue;
		if (first == count)
			first = i;
		last = i;
	}
	for (size_t i = 0; i < first; i++)
		if (!frame_of_start(&native->at[i]))
			push_native(&out, &native->at[i]);
	for (uint32_t i = 0; i < frames; i++)
		push_script(&out, &script->frames[i]);
	for (size_t i = last + 1; i < count; i++)
		if (!frame_of_start(&native->at[i]))
			push_native(&out, &native->at[i]);
	return out;
}
