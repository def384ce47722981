/*
 * report_signal.h - handles the signal that asks a running program for a report (--signal).
 *
 * The library handles it only as long as its action is the default one. A program that sets a handler or ignores the
 * signal, or gets it from a process of its own tree, gets what it would get without an audit. A program that asks for
 * the action gets the default.
 */
#ifndef PAGELEAK_REPORT_SIGNAL_H
#define PAGELEAK_REPORT_SIGNAL_H

#include <signal.h>

/* Installs the handler, if the action is the default one. From the constructor. */
void report_signal_open(void);

/*
 * Before this process sends a signal: notes that it did, as it may have ended when the receiver asks whether the tree
 * sent it.
 */
void report_signal_sent(int number);

/*
 * After sigaction(2) succeeded: hides our handler in `old`, and installs it if the action has become the default. Both
 * pointers may be NULL.
 */
void report_signal_action(int number, const struct sigaction *action, struct sigaction *old);
/* The same for signal(2) and its kin. Returns the handler that the caller gets as the one before. */
sighandler_t report_signal_handler(int number, sighandler_t old);

#endif
