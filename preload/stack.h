/*
 * stack.h - native stacks. Any thread, any handler; errno is kept.
 */
#ifndef PAGELEAK_STACK_H
#define PAGELEAK_STACK_H

#include "scratch.h"
#include <stdint.h>

/* Reference to the STACK record of the calling thread, own frames left out; 0 none. */
uint32_t stack_capture(struct scratch *scratch);

#endif
