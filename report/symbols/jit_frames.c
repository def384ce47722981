/*
 * jit_frames.c - recognizes frames of compiled scripts by their names. Must not read a file.
 */
#include "symbols/jit_frames.h"
#include "base/text.h"

bool jit_frames_is_compiled(const struct frame *frame)
{
	return frame->module.size == 0 && frame->file.size > 0;
}

/* Node.js's own modules, "node:internal/fs"; Deno's, "ext:deno_fs". */
static bool is_of_runtime(const struct frame *frame)
{
	return text_starts(frame->file, "node:") || text_starts(frame->file, "ext:");
}

enum jit_frames jit_frames_of(const struct frames *frames)
{
	enum jit_frames jit = JIT_FRAMES_NONE;
	for (size_t i = 0; frames && i < frames->count && jit != JIT_FRAMES_OF_USER; i++)
		if (jit_frames_is_compiled(&frames->at[i]))
			jit = is_of_runtime(&frames->at[i]) ? JIT_FRAMES_OF_RUNTIME : JIT_FRAMES_OF_USER;
	return jit;
}

bool jit_frames_shows(enum jit_frames jit, const struct frame *frame)
{
	if (jit == JIT_FRAMES_NONE)
		return true;
	return jit_frames_is_compiled(frame) && (jit == JIT_FRAMES_OF_RUNTIME || !is_of_runtime(frame));
}
