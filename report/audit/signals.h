/*
 * signals.h - names of signals, as kill(1) knows them.
 */
#ifndef PAGELEAK_SIGNALS_H
#define PAGELEAK_SIGNALS_H

#include <stdbool.h>

/* The number of USR2, SIGUSR2, RTMIN+3 or 12; 0 for "none"; -1: there is no such signal. */
int signals_number(const char *name);

/* Can it ask for a snapshot? */
bool signals_fit(int number);

/* The same, by name, and says why not. NULL can. 0, or -1 after a message. */
int signals_check(const char *name);

#endif
