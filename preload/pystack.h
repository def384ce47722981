/*
 * pystack.h - Python stacks by raw reads of CPython's frames: no GIL, no Python code, no lock. Only the calling thread's own
 * frames are read: no other thread changes them while it is in our call.
 */
#ifndef PAGELEAK_PYSTACK_H
#define PAGELEAK_PYSTACK_H

#include "format.h"
#include "scratch.h"

#define PYTHON_OBJECTS 4

struct python_capture {
	uint32_t stack; /* PYTHON_STACK record; 0 none */
	uint32_t count;
	struct journal_object objects[PYTHON_OBJECTS]; /* innermost first */
};

/*
 * Is there a CPython in this process, and one that can be read? It may call dlsym, so only when stack_prepare may be called.
 * Again does nothing.
 */
void pystack_prepare(void);
void pystack_capture(struct scratch *scratch, struct python_capture *out);

#endif
