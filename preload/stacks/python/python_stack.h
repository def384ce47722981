/*
 * python_stack.h - reads Python stacks in the memory of CPython's frames: without the GIL, Python code or a lock. Only
 * frames of the calling thread are read, which no other thread changes while it is inside a hook.
 */
#ifndef PAGELEAK_PYTHON_STACK_H
#define PAGELEAK_PYTHON_STACK_H

#include "stacks/script_language.h"
#include <stdbool.h>

extern const struct script_language python_stack_language;

/*
 * Does the outermost Python frame of this thread run a module? Without one the program is over: exit handlers run. True
 * when that cannot be told. After script_stack_prepare.
 */
bool python_stack_runs_module(void);
/*
 * Did the program load libraries with global symbols before the interpreter was looked for? One of them brought it,
 * perhaps.
 */
bool python_stack_came_late(void);

#endif
