/*
 * why_targets.h - the pages of a process that are still there and have an owner in Python, as its journal says. Runs in the copy
 * that why.c makes (why_copy.h): single-threaded, may map memory, must not open anything.
 */
#ifndef PAGELEAK_WHY_TARGETS_H
#define PAGELEAK_WHY_TARGETS_H

#include "format.h"
#include <stddef.h>

/*
 * Python source for `TARGETS = (...)` (see holders.py), NUL-terminated, in memory that is never freed. Pages made by process number
 * `process`, of the scope with that STRING reference (0: any), 4,096 at most. NULL when there is none, or no memory.
 */
const char *why_targets(uint32_t process, uint32_t scope);
/* Are "test (call)" and "test (teardown)" the same scope? STRING references; 0 is none. */
int why_same_scope(uint32_t a, uint32_t b);

#endif
