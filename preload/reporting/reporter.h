/*
 * reporter.h - starts the pageleak command beside the program: to begin an audit that nothing else has begun, and to
 * report.
 *
 * The command is the child of a clone without an exit signal, which waits for it in the program's place. So the program
 * gets no SIGCHLD, and its wait(2) and the like find neither process, unless they use __WALL. The command gets no
 * descriptors of the program but the standard ones, and each of those only while it refers to the same file as at the
 * start: otherwise the report would be written into whatever file has that number now.
 */
#ifndef PAGELEAK_REPORTER_H
#define PAGELEAK_REPORTER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Begins an audit, when the environment names none: has the command make a journal, and waits for that, about 5 ms.
 * From the constructor. Returns the settings of the audit, which live as long as the library. NULL: the process is not
 * audited; a reason was printed, if there is one. Ends the process after PAGELEAK=help.
 */
const char *reporter_begin(void);

/* Remembers to which files the standard descriptors refer. From the constructor. */
void reporter_open(void);

/*
 * Starts a report on the audit so far, which process `sender` has asked for, and does not wait for it. False: the
 * sender is of the audited tree, and nothing was started. Safety as journal_map.h.
 */
bool reporter_start(pid_t sender);

/*
 * Before this process ends: starts a report and waits for it, if this process began the audit, or if that one is gone
 * and this is a daemon, which belongs to no other process. Blocks all signals meanwhile. Safety as journal_map.h.
 */
void reporter_end(void);

#endif
