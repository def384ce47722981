/*
 * signals.h - names of signals, as in kill(1), and which of them can request a report.
 */
#ifndef PAGELEAK_SIGNALS_H
#define PAGELEAK_SIGNALS_H

#include <stdbool.h>

/* The number of a signal called USR2, SIGUSR2, RTMIN+3 or 12; 0 for "none"; -1 for an unknown name. */
int signals_number(const char *name);

/* Can the signal request a snapshot? */
bool signals_fit(int number);

/* The same by name (NULL: yes). Returns 0, or -1 after a message that says why not. */
int signals_check(const char *name);

#endif
