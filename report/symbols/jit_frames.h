/*
 * jit_frames.h - frames of scripts (JavaScript's) that a just-in-time compiler made native code of and named with their
 * source (perf_map.h). They lie on top of the runtime's frames, whose number changes with how far the compiler has
 * come; so beside them no other frame counts. Reads names only; any thread may call it.
 */
#ifndef PAGELEAK_JIT_FRAMES_H
#define PAGELEAK_JIT_FRAMES_H

#include "model/stack_model.h"

/* Is the frame compiled code with a source file? */
bool jit_frames_is_compiled(const struct frame *frame);

/* Which compiled code a native stack has: none; only the runtime's own modules ("node:fs"); some of the user's. */
enum jit_frames { JIT_FRAMES_NONE, JIT_FRAMES_OF_RUNTIME, JIT_FRAMES_OF_USER };
/* NULL: none. */
enum jit_frames jit_frames_of(const struct frames *frames);
/* Does the frame of such a stack count: any; any compiled code; the user's compiled code? */
bool jit_frames_shows(enum jit_frames jit, const struct frame *frame);

#endif
