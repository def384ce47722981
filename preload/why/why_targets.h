/*
 * why_targets.h - lists the pages of a process that still exist, by its journal, and have an owner in Python. Called in
 * the copy that why.c makes (why_copy.h): single-threaded; maps memory, opens nothing.
 */
#ifndef PAGELEAK_WHY_TARGETS_H
#define PAGELEAK_WHY_TARGETS_H

#include "format.h"
#include <stddef.h>

/*
 * Returns Python source that sets TARGETS (see holders.py), NUL-terminated, in memory that is never freed: pages that
 * process number `process` made, in the scope with that STRING reference (0: any), at most 4,096. NULL when there are
 * none, or there is no memory.
 */
const char *why_targets(uint32_t process, uint32_t scope);
/*
 * Is it the same scope, apart from the phase " (call)" that pytest appends? STRING references; 0 is none. Any thread.
 */
int why_same_scope(uint32_t a, uint32_t b);

#endif
