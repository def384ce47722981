/*
 * native_stack.h - takes native stacks. Any thread, any signal handler; errno is kept.
 */
#ifndef PAGELEAK_NATIVE_STACK_H
#define PAGELEAK_NATIVE_STACK_H

#include "journal/scratch.h"
#include <stdint.h>

/*
 * Both return a reference to the STACK record of the calling thread's stack, frames of this library left out; 0 for
 * none. `frame` is the frame address of their caller, the same in both calls.
 */

/* Recognizes a stack that was seen before, without room for it. */
uint32_t native_stack_recognize(const void *frame);
/* Walks the stack, and stores it if it is new. */
uint32_t native_stack_capture(const void *frame, struct scratch *scratch);

#endif
