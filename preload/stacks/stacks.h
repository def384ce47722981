/*
 * stacks.h - takes the stacks of the calling thread: the native one, and that of a script language, each by its walker.
 * Any thread, any signal handler; errno is kept.
 */
#ifndef PAGELEAK_STACKS_H
#define PAGELEAK_STACKS_H

#include "stacks/native/native_stack.h"
#include "stacks/script_stack.h"
#include <stdbool.h>
#include <stdint.h>

/* Prepares the walkers. From the constructor. */
void stacks_open(void);
/*
 * Loads and looks up everything that the walkers need. Once, before the program's first thread and first signal
 * handler, as neither dlopen nor dlsym is safe afterwards.
 */
void stacks_settle(void);
/* Before dlopen loads a library, with its `flags`. */
void stacks_library_loads(int flags);
/* After dlclose succeeded: other code may be at the same addresses later. */
void stacks_library_unloaded(void);
/*
 * In a forked child, before its first record: a thread of the parent may have been inside a walker, whose locks stay
 * locked in the child.
 */
void stacks_forked(void);
/* Is an interpreter of this process in a garbage collection? */
bool stacks_collecting(void);

struct stacks {
	uint32_t native;   /* reference to a STACK record; 0 none */
	bool script_known; /* `script` is complete: recognized, or there is no script on the stack */
	struct script_capture script;
};

/*
 * The next two are always inline: a stack frame of their own would take the place of one of the program's frames, as a
 * limited number is read. `frame` is the caller's frame address, the same for both.
 */

/* Recognizes stacks that were seen before, which needs no scratch. True when `out` is complete. */
static inline __attribute__((always_inline)) bool stacks_recognize(const void *frame, struct stacks *out)
{
	out->native = native_stack_recognize(frame);
	out->script_known = script_stack_recognize(&out->script);
	return out->native && out->script_known;
}

/* Walks the stacks that stacks_recognize did not know, and stores new ones. */
static inline __attribute__((always_inline)) void stacks_capture(const void *frame, struct scratch *scratch,
								 struct stacks *out)
{
	if (!out->native)
		out->native = native_stack_capture(frame, scratch);
	if (!out->script_known)
		script_stack_capture(scratch, &out->script);
}

#endif
