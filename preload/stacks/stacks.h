/*
 * stacks.h - where in the program a call comes from: asks each stack walker, native and of script languages. Any
 * thread, any handler; errno is kept.
 */
#ifndef PAGELEAK_STACKS_H
#define PAGELEAK_STACKS_H

#include "stacks/native/native_stack.h"
#include "stacks/script_stack.h"
#include <stdbool.h>
#include <stdint.h>

/* From the constructor. */
void stacks_open(void);
/*
 * Loads and looks up all that the walkers need: before the program's first thread and first signal handler, as neither
 * dlopen nor dlsym is safe afterwards. Once.
 */
void stacks_settle(void);
/* dlopen is about to load a library, with `flags`. */
void stacks_library_loads(int flags);
/* dlclose has succeeded: addresses may mean something else from now on. */
void stacks_library_unloaded(void);
/* In a forked child, ahead of its first record: another thread of the parent may have been walking. */
void stacks_forked(void);
/* Is an interpreter of this process in a garbage collection? */
bool stacks_collecting(void);

struct stacks {
	uint32_t native;   /* STACK record; 0 none */
	bool script_known; /* `script` says all there is to say */
	struct script_capture script;
};

/*
 * These two are inline because a frame of their own would be one less of the program's. `frame` is the caller's frame
 * address, the same for both.
 */

/* Recognizes stacks that were seen before, without room for them. True when all of them were. */
static inline __attribute__((always_inline)) bool stacks_recognize(const void *frame, struct stacks *out)
{
	out->native = native_stack_recognize(frame);
	out->script_known = script_stack_recognize(&out->script);
	return out->native && out->script_known;
}

/* Takes those that stacks_recognize left out. */
static inline __attribute__((always_inline)) void stacks_capture(const void *frame, struct scratch *scratch,
								 struct stacks *out)
{
	if (!out->native)
		out->native = native_stack_capture(frame, scratch);
	if (!out->script_known)
		script_stack_capture(scratch, &out->script);
}

#endif
