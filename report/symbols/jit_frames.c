/*
 * jit_frames.c - which frames are a script's. Looks at names only.
 */
#include "symbols/jit_frames.h"
#include "base/text.h"

bool frame_of_script(const struct frame *frame)
{
	return frame->module.size == 0 && frame->file.size > 0;
}

/* Node.js's own modules, "node:internal/fs"; Deno's, "ext:deno_fs". */
static bool frame_of_runtime(const struct frame *frame)
{
	return text_starts(frame->file, "node:") || text_starts(frame->file, "ext:");
}

enum script script_of_frames(const struct frames *frames)
{
	enum script script = SCRIPT_NONE;
	for (size_t i = 0; frames && i < frames->count && script != SCRIPT_OF_USER; i++)
		if (frame_of_script(&frames->at[i]))
			script = frame_of_runtime(&frames->at[i]) ? SCRIPT_OF_RUNTIME : SCRIPT_OF_USER;
	return script;
}

bool script_tells(enum script script, const struct frame *frame)
{
	return script == SCRIPT_NONE ||
	       (frame_of_script(frame) && (script == SCRIPT_OF_RUNTIME || !frame_of_runtime(frame)));
}
