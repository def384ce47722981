/*
 * why_copy.h - what the copy of the process does: it asks its interpreter what holds the owners of pages, and writes what that says.
 */
#ifndef PAGELEAK_WHY_COPY_H
#define PAGELEAK_WHY_COPY_H

#include "format.h"

enum { WHY_COPY_DONE = 0, WHY_COPY_FAILED = 1 };

/*
 * In the copy only, with the interpreter's lock held: gives itself bounds, asks, writes WHY records, and gives the copy's exit
 * status. `process` and `scope` as for why_targets; `raised`: for MOMENT_RAISED the arguments of sys.unraisablehook, else NULL.
 */
int why_copy(uint32_t process, uint32_t scope, enum journal_moment moment, void *raised);

#endif
