/*
 * merged_stack.h - which native frames are the interpreter's, and one stack out of two, for pictures. Stacks are captured apart and stay
 * so in the report; merged they are for the eye only.
 */
#ifndef PAGELEAK_MERGE_H
#define PAGELEAK_MERGE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/stack_model.h"

/*
 * `evaluated`: a frame further in runs Python code. From there on the interpreter's own binary has nothing to tell that
 * the Python stack does not; an extension or an embedding program may.
 */
bool frame_of_interpreter(const struct frame *frame, bool evaluated);
/* Does it run Python code? */
bool frame_evaluates(const struct frame *frame);
/* What calls main and a thread's function. */
bool frame_of_start(const struct frame *frame);

struct merged_frame {
	struct text function, file; /* "" unknown */
	int line;                   /* 0 unknown */
	bool script, inlined;
	struct text module, build_id; /* native: as in struct frame */
	uint64_t offset;
};

struct merged {
	struct merged_frame *at; /* innermost first */
	size_t count;
};

/*
 * Python's frames in the place of all that the interpreter has on the native stack: before them what was called from Python, libc
 * and extensions, behind them what embeds the interpreter. Without Python the native stack alone. Where a program starts is left out.
 * Either may be NULL.
 */
struct merged merge_stacks(struct arena *arena, const struct script_stack *python, const struct frames *native);

#endif
