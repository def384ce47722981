/*
 * own_frame.c - looks for the user's frames by what languages and names of modules tell. Must not read a file.
 */
#include "frames/own_frame.h"
#include "base/text.h"
#include "frames/languages.h"

/* ---- scripts ---- */

static uint32_t count_of(const struct script_stack *stack)
{
	return stack ? stack->count : 0;
}

bool own_frame_is(const struct script_stack *stack, uint32_t frame)
{
	return !language_is_library(language_of(stack), stack->frames[frame].code);
}

uint32_t own_frame_from(const struct script_stack *stack, uint32_t from)
{
	while (from < count_of(stack) && !own_frame_is(stack, from))
		from++;
	return from;
}

uint32_t own_frame_innermost(const struct script_stack *stack)
{
	return own_frame_from(stack, 0);
}

uint32_t own_frame_or_innermost(const struct script_stack *stack)
{
	uint32_t frame = own_frame_innermost(stack);
	return frame < stack->count ? frame : 0;
}

uint32_t own_frame_end(const struct script_stack *stack)
{
	uint32_t end = count_of(stack);
	while (end && !own_frame_is(stack, end - 1))
		end--;
	return end;
}

/* ---- native stacks ---- */

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

bool own_frame_is_start(const struct frame *frame)
{
	/* What calls main and a thread's function is local to libc, so it has no name where that is stripped. */
	if (!frame->function.size && text_starts(text_basename(frame->module), "libc.so"))
		return true;
	for (size_t i = 0; i < sizeof start_functions / sizeof *start_functions; i++)
		if (text_is(frame->function, start_functions[i]))
			return true;
	return text_starts(frame->function, "__libc_start_main"); /* glibc's __libc_start_main_impl */
}

static bool is_loader(struct text module)
{
	return text_starts(module, "libc-2.") || text_starts(module, "ld-") || text_starts(module, "libpthread");
}

bool own_frame_is_native(const struct frame *frame, enum jit_frames jit, unsigned rules)
{
	struct text module = text_basename(frame->module);
	if (!jit_frames_shows(jit, frame))
		return false;
	if (text_starts(module, "libc.so") || (rules & OWN_FRAME_NOT_LOADER && is_loader(module)))
		return false;
	if (rules & OWN_FRAME_NOT_START && own_frame_is_start(frame))
		return false;
	if (rules & OWN_FRAME_NAMED && !frame->function.size)
		return false;
	return !(rules & OWN_FRAME_LOCATED) || frame->function.size || frame->module.size;
}

const struct frame *own_frame_native(const struct frames *frames, unsigned rules)
{
	enum jit_frames jit = jit_frames_of(frames);
	for (size_t i = 0; frames && i < frames->count; i++)
		if (own_frame_is_native(&frames->at[i], jit, rules))
			return &frames->at[i];
	return NULL;
}
