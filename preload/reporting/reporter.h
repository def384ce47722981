/*
 * reporter.h - starts the pageleak command beside the program: to begin an audit that nothing else began, to report.
 *
 * It is the child of a clone without an exit signal, which waits for it in the program's place: no SIGCHLD, and wait(2) and its kin find
 * neither, unless they ask for __WALL.
 * It gets no descriptor of the program's but the standard ones, and those only while they lead to where they led at the start of
 * the program: else it would write a report into whatever has their number now.
 */
#ifndef PAGELEAK_REPORTER_H
#define PAGELEAK_REPORTER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * From the constructor, when the environment names no audit: has a journal made, and waits for that (some 5 ms). The settings of the
 * audit, for as long as the library lives; NULL: not to be audited, which was told. Ends the process after PAGELEAK=help.
 */
const char *reporter_begin(void);

/* From the constructor: notes where the standard descriptors lead. */
void reporter_open(void);

/*
 * Starts a report on the audit as it is now, for the process `sender`, and does not wait for it; it is no child of this process then.
 * False: the sender is of the audited tree itself, and nothing was started. Safe as journal.h.
 */
bool reporter_start(pid_t sender);

/*
 * This process ends: has a report made and waits for it, if this is the process that began the audit, or, when that is gone, one that
 * belongs to no other: a daemon. All signals wait meanwhile. Safe as journal.h.
 */
void reporter_end(void);

#endif
