/*
 * why_copy.h - the work of the copy of the process: runs the script (holders.py and the other parts) in its
 * interpreter, and writes the answers into the journal.
 */
#ifndef PAGELEAK_WHY_COPY_H
#define PAGELEAK_WHY_COPY_H

#include "format.h"

enum { WHY_COPY_DONE = 0, WHY_COPY_FAILED = 1 };

/*
 * Called in the copy only, with the interpreter's lock held. Limits the copy in time and system calls, runs the script,
 * writes WHY records, and returns the copy's exit status. `process` and `scope` as for why_targets. `raised`: the
 * arguments of sys.unraisablehook for MOMENT_RAISED, otherwise NULL.
 */
int why_copy(uint32_t process, uint32_t scope, enum journal_moment moment, void *raised);

#endif
