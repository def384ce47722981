/*
 * stack_bounds.h - how far the stack reaches that the calling thread runs on. Any thread, any handler; errno is kept.
 */
#ifndef PAGELEAK_STACK_BOUNDS_H
#define PAGELEAK_STACK_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the bounds of the main thread's stack. Once, from the constructor. */
void stack_bounds_open(void);
/* Are `bytes` left on the stack that this runs on? False where that cannot be known, as on a coroutine's stack. */
bool stack_bounds_has_room(size_t bytes);
/* Are `bytes` below this frame mapped? Answers for coroutines' stacks, too; probes again in each call. */
bool stack_bounds_has_mapped(size_t bytes);
/* Does `address` lie on the main thread's stack, or in what the kernel put above it? */
bool stack_bounds_is_main(const void *address);
/* Does this run on an alternate signal stack? */
bool stack_bounds_on_signal_stack(void);
/* The thread pointer: another one in each thread, the same in every call of one thread. */
uintptr_t stack_bounds_thread(void);
/*
 * Is all memory from `here`, where this thread runs, up to `slot` mapped for as long as the thread runs on this stack?
 * True only for the main stack and for those that a thread began on.
 */
bool stack_bounds_is_own_stack(uintptr_t here, uintptr_t slot);

#endif
