/*
 * progress.h - a line on a terminal that tells what takes so long. Single-threaded.
 */
#ifndef PAGELEAK_PROGRESS_H
#define PAGELEAK_PROGRESS_H

#include <stdint.h>

/*
 * From now on work that takes longer than a second is shown on standard error, if that is a terminal that can be written to line by
 * line (TERM is not dumb). Not for what runs beside a program.
 */
void progress_allow(void);

/* `done` of `total` (0: not known) steps of `what` are done. Costs a few nanoseconds mostly. */
void progress_step(const char *what, uint64_t done, uint64_t total);
/* The same for steps that may take long themselves: asks the clock each time. */
void progress_long_step(const char *what, uint64_t done, uint64_t total);

/* Takes the line away: before anything else is written, and at the end. */
void progress_clear(void);

#endif
