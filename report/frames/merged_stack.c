/*
 * merged_stack.c - puts the frames of a script in the place of the interpreter's. Must not change the two stacks: the
 * report keeps both.
 */
#include "frames/merged_stack.h"
#include "frames/languages.h"
#include "frames/own_frame.h"

static void push_native(struct merged_stack *out, const struct frame *frame)
{
	out->at[out->count++] = (struct merged_frame){.function = frame->function,
						      .file = frame->file,
						      .line = frame->line,
						      .module = frame->module,
						      .build_id = frame->build_id,
						      .offset = frame->offset,
						      .inlined = frame->inlined,
						      .script = -1};
}

static void push_script(struct merged_stack *out, const struct script_stack *script, uint32_t number)
{
	const struct script_frame *frame = &script->frames[number];
	out->at[out->count++] = (struct merged_frame){
		.function = frame->code->function, .file = frame->code->file, .line = frame->line, .script = number};
}

struct merged_stack merged_stack_of(struct arena *arena, const struct script_stack *script, const struct frames *native)
{
	size_t count = native ? native->count : 0, first = count, last = count;
	uint32_t frames = script ? script->count : 0;
	const struct language *language = language_of(script);
	struct merged_stack out = {arena_take(arena, (count + frames + 1) * sizeof *out.at), 0};
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
		if (!own_frame_is_start(&native->at[i]))
			push_native(&out, &native->at[i]);
	for (uint32_t i = 0; i < frames; i++)
		push_script(&out, script, i);
	for (size_t i = last + 1; i < count; i++)
		if (!own_frame_is_start(&native->at[i]))
			push_native(&out, &native->at[i]);
	return out;
}
