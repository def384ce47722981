/*
 * progress.h - shows on a terminal how far a long step has come. Single-threaded.
 */
#ifndef PAGELEAK_PROGRESS_H
#define PAGELEAK_PROGRESS_H

#include <stdint.h>

/*
 * From now on, shows work that takes longer than a second on standard error, if that is a terminal whose lines can be
 * rewritten (TERM is not dumb). Not for the pageleak that runs beside a program.
 */
void progress_allow(void);

/* Reports that `done` of `total` (0: not known) steps of `what` are done. Takes a few nanoseconds in most calls. */
void progress_step(const char *what, uint64_t done, uint64_t total);
/* The same for steps that may take long: reads the clock each time. */
void progress_long_step(const char *what, uint64_t done, uint64_t total);

/* Removes the line. Call it before any other output, and at the end. */
void progress_clear(void);

#endif
