/*
 * scratch.h - work areas, one for each event that is being recorded: the stack of the caller may be too small for one.
 * They are a fixed pool, so nothing is freed when a thread ends, and nothing is allocated in a signal handler.
 */
#ifndef PAGELEAK_SCRATCH_H
#define PAGELEAK_SCRATCH_H

#include "format.h"
#include <stddef.h>
#include <stdint.h>

#define SCRATCH_FRAME_BYTES 32

struct scratch {
	uint64_t holder; /* thread and place on its stack; 0: free */
	uint64_t addresses[STACK_DEPTH_MAX];
	/* What a stack walker keeps of each frame, in a struct of its own that it asserts to fit. */
	unsigned char frames[STACK_DEPTH_MAX][SCRATCH_FRAME_BYTES] __attribute__((aligned(8)));
	char path[4096];
	char text[4096];
};

/* Takes an area, NULL when all are in use, and gives it back. Any thread, any signal handler; errno is kept. */
struct scratch *scratch_take(void);
void scratch_release(struct scratch *scratch);

#endif
