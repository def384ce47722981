/*
 * scratch.h - room for one event being made, off the caller's stack, which may be tiny. A fixed pool: nothing to free when a
 * thread ends, nothing to allocate in a signal handler.
 */
#ifndef PAGELEAK_SCRATCH_H
#define PAGELEAK_SCRATCH_H

#include "format.h"
#include <stddef.h>
#include <stdint.h>

#define SCRATCH_FRAME_BYTES 32

struct scratch {
	uint64_t holder; /* 0: free */
	uint64_t addresses[STACK_DEPTH_MAX];
	/* What a stack walker keeps of each frame: each has a struct of its own, which it asserts to fit. */
	unsigned char frames[STACK_DEPTH_MAX][SCRATCH_FRAME_BYTES] __attribute__((aligned(8)));
	char path[4096];
	char text[4096];
};

/* NULL when all are in use. Give it back with scratch_release. Any thread, any handler. */
struct scratch *scratch_take(void);
void scratch_release(struct scratch *scratch);

#endif
