/*
 * ask_program.h - leaves requests to a running audited program in the header of its journal.
 */
#ifndef PAGELEAK_ASK_PROGRAM_H
#define PAGELEAK_ASK_PROGRAM_H

#include <stdint.h>

/*
 * Requests the interpreters of a program that still writes the journal at `path` to record the holders of their pages.
 * Waits up to a second: an interpreter answers when it next opens, removes or imports something. Returns the number of
 * answers; 0 also when this user does not own the journal.
 */
unsigned ask_program_why(const char *path);
/*
 * Records in the journal that a snapshot begins. Returns when the previous one began, CLOCK_REALTIME in nanoseconds; 0
 * when there was none, or this user does not own the journal.
 */
uint64_t ask_program_snapshot(const char *path);

#endif
