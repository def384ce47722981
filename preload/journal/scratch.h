/*
 * scratch.h - room for one event being made, off the caller's stack, which may be tiny. A fixed pool: nothing to free when a
 * thread ends, nothing to allocate in a signal handler.
 */
#ifndef PAGELEAK_SCRATCH_H
#define PAGELEAK_SCRATCH_H

#include "format.h"
#include <stddef.h>
#include <stdint.h>

/* A Python frame as read raw; see pystack.c. */
struct python_raw {
	uintptr_t code;
	uintptr_t frame;
	uint64_t check;  /* fields of the code object that tell it from a later one at the same address */
	uint32_t offset; /* byte offset in the bytecode */
};

struct scratch {
	uint64_t holder; /* 0: free */
	uint64_t addresses[STACK_DEPTH_MAX];
	struct python_raw frames[STACK_DEPTH_MAX];
	char path[4096];
	char text[4096];
};

/* NULL when all are in use. Give it back with scratch_release. Any thread, any handler. */
struct scratch *scratch_take(void);
void scratch_release(struct scratch *scratch);

#endif
