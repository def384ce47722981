/*
 * native_stack.h - native stacks. Any thread, any handler; errno is kept.
 */
#ifndef PAGELEAK_NATIVE_STACK_H
#define PAGELEAK_NATIVE_STACK_H

#include "journal/scratch.h"
#include <stdint.h>

/*
 * Reference to the STACK record of the calling thread, own frames left out; 0 none. `frame` is the caller's frame address, the
 * same for both: the first only recognizes a stack that was seen before, and needs no room for it.
 */
uint32_t native_stack_recognize(const void *frame);
uint32_t native_stack_capture(const void *frame, struct scratch *scratch);

#endif
