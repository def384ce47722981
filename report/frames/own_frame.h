/*
 * own_frame.h - which frames of a stack are the user's own code. The one place that decides it.
 */
#ifndef PAGELEAK_OWN_FRAME_H
#define PAGELEAK_OWN_FRAME_H

#include "model/stack_model.h"
#include "symbols/jit_frames.h"

/* ---- the stack of a script: frames by number, the innermost 0. A NULL stack is an empty one. ---- */

/* Is the frame, which the stack must have, neither the standard library's nor an installed package's? */
bool own_frame_is(const struct script_stack *stack, uint32_t frame);
/* The innermost own frame from number `from` on, outwards; the stack's count if there is none. */
uint32_t own_frame_from(const struct script_stack *stack, uint32_t from);
/* The innermost own frame; the stack's count if there is none. */
uint32_t own_frame_innermost(const struct script_stack *stack);
/* The innermost own frame; the innermost of all, 0, if there is none. The stack must not be empty. */
uint32_t own_frame_or_innermost(const struct script_stack *stack);
/*
 * The number behind the outermost own frame: from there on is what runs the program (runpy, pytest). 0 if there is
 * none.
 */
uint32_t own_frame_end(const struct script_stack *stack);

/* ---- native stacks ---- */

/* Does the frame lie in what calls main() or a thread's function? */
bool own_frame_is_start(const struct frame *frame);

/*
 * Conditions that a caller may add. Frames of libc.so never are the user's own; beside code that was compiled while the
 * program ran (jit_frames.h) no other frame is.
 */
enum own_frame_rule {
	OWN_FRAME_NAMED = 1,      /* it must have a function name */
	OWN_FRAME_LOCATED = 2,    /* it must have a function name or a module */
	OWN_FRAME_NOT_START = 4,  /* it must not be own_frame_is_start */
	OWN_FRAME_NOT_LOADER = 8, /* it must not lie in ld.so, libpthread, or a libc with a version in its file name */
};

/* Is a frame the user's own by `rules`? `jit`: jit_frames_of of its stack. */
bool own_frame_is_native(const struct frame *frame, enum jit_frames jit, unsigned rules);
/* The innermost own frame by `rules`, OWN_FRAME_* in any combination; NULL if there is none. `frames` NULL: none. */
const struct frame *own_frame_native(const struct frames *frames, unsigned rules);

#endif
