/*
 * stack.h - native stacks by libunwind, loaded privately (FACTS 3.1: linked, it would change how C++ exceptions unwind).
 */
#ifndef PAGELEAK_STACK_H
#define PAGELEAK_STACK_H

#include "scratch.h"
#include <stdbool.h>

/* From the constructor: what the main thread's stack is. */
void stack_open(void);
/* Does `address` lie on the main thread's stack, or in what the kernel put above it? */
bool stack_is_main(const void *address);
/*
 * Loads libunwind if that has not been tried. It may call dlopen, so only: before the first thread, before the first signal
 * handler, or in the first event of a process that has neither.
 */
void stack_prepare(void);
/* In a forked child: another thread of the parent may have held libunwind's locks. */
void stack_forked(void);
/* Reference to the STACK record of the calling thread, own frames left out; 0 none. Any thread, any handler; keeps errno. */
uint32_t stack_capture(struct scratch *scratch);
/* Is this return address in libunwind? Then the call is its own and not the program's. */
bool stack_is_unwinder(const void *address);

#endif
