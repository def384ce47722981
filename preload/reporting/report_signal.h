/*
 * report_signal.h - the signal at which a running program has a report made (--signal).
 *
 * It is ours only as long as its action is the default one: who sets a handler, ignores it, or sent it from within the tree gets what
 * it would get without us. Programs that ask for the action are told the default one.
 */
#ifndef PAGELEAK_REPORT_SIGNAL_H
#define PAGELEAK_REPORT_SIGNAL_H

#include <signal.h>

/* From the constructor. */
void report_signal_open(void);

/* Before a signal is sent to whatever process: its receiver may ask for the sender when that is gone. */
void report_signal_sent(int number);

/* After sigaction(2) succeeded: puts right what it gave in `old`, and what a default action means from here on. Both may be NULL. */
void report_signal_action(int number, const struct sigaction *action, struct sigaction *old);
/* The same for signal(2) and its kin; gives what the caller is to be told was there before. */
sighandler_t report_signal_handler(int number, sighandler_t old);

#endif
