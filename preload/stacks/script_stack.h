/*
 * script_stack.h - the stacks of the script languages that run in this process. Any thread, any handler; errno is kept.
 * In a process without an interpreter each function is a test of one number.
 */
#ifndef PAGELEAK_SCRIPT_STACK_H
#define PAGELEAK_SCRIPT_STACK_H

#include "stacks/script_language.h"

/*
 * Finds the interpreters of this process. It may call dlsym, so only when unwind_prepare may be called. Later calls do
 * nothing.
 */
void script_stack_prepare(void);
/* A library with global symbols is about to be loaded: it may bring an interpreter. */
void script_stack_library_loads(void);

/*
 * Recognizes a stack that was seen before, which needs no scratch. True when `out` is complete: also when no frame of a
 * script is on the stack.
 */
bool script_stack_recognize(struct script_capture *out);
/* Walks the stack of the first language that has frames on it, stores it if it is new, and fills `out`. */
void script_stack_capture(struct scratch *scratch, struct script_capture *out);

/*
 * Is an interpreter in a garbage collection? One that another thread runs counts: its finalizers may let this thread go
 * on.
 */
bool script_stack_collecting(void);

#endif
