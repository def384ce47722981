/*
 * stack_context.h - what a native stack runs in (exit handlers, a garbage collector, an object's deallocation), by the
 * names of functions of libc and of the interpreters in languages.h.
 */
#ifndef PAGELEAK_STACK_CONTEXT_H
#define PAGELEAK_STACK_CONTEXT_H

#include "model/event_model.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"

enum {
	WITHIN_EXIT = 1,          /* libc's exit handlers */
	WITHIN_FINALIZATION = 2,  /* the interpreter shuts down */
	WITHIN_COLLECTOR = 4,     /* the garbage collector */
	WITHIN_COLLECT = 8,       /* the program called it: gc.collect() */
	WITHIN_AUTOMATIC = 16,    /* the collector began by itself */
	WITHIN_ATEXIT = 32,       /* the interpreter's exit handlers */
	WITHIN_DEALLOCATION = 64, /* the last reference to an object went */
	WITHIN_EVALUATION = 128,  /* a script's code; the interpreter's own functions have names at all */
	WITHIN_ALLOCATION = 256,  /* an object was being made: then collectors begin by themselves */
};

/* WITHIN_* of the stack, 0 for NULL. Computed once a stack; reads symbol tables only. */
unsigned stack_context(struct symbols *symbols, const struct stack *stack);

#endif
