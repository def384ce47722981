/*
 * python_stack.h - Python stacks by raw reads of CPython's frames: no GIL, no Python code, no lock. Only the calling thread's own
 * frames are read: no other thread changes them while it is in our call.
 */
#ifndef PAGELEAK_PYSTACK_H
#define PAGELEAK_PYSTACK_H

#include "format.h"
#include "journal/scratch.h"
#include <stdbool.h>

#define PYTHON_OBJECTS 4

struct python_capture {
	uint32_t stack; /* SCRIPT_STACK record; 0 none */
	uint32_t count;
	struct journal_object objects[PYTHON_OBJECTS]; /* innermost first */
};

/*
 * Is there a CPython in this process, and one that can be read? It may call dlsym, so only when unwind_prepare may be called.
 * Again does nothing.
 */
void pystack_prepare(void);
/* A library whose symbols are for all is about to be loaded: it may bring an interpreter. */
void pystack_loads(void);
/*
 * The first only recognizes a stack that was seen before, and needs no room for it: true when `out` says all there is to say,
 * that there is no Python included. The second does the rest.
 */
bool pystack_recognize(struct python_capture *out);
void pystack_capture(struct scratch *scratch, struct python_capture *out);

/* Does the outermost Python frame of this thread run a module? Without one the program is over: exit handlers run. */
bool pystack_runs_module(void);
/* Is this process's Python in a garbage collection? Another thread's counts: its finalizers may let this one run. */
bool pystack_collecting(void);

#endif
