/*
 * ask_program.h - words to a living audited program, left in the header of its journal.
 */
#ifndef PAGELEAK_ASK_PROGRAM_H
#define PAGELEAK_ASK_PROGRAM_H

#include <stdint.h>

/*
 * Asks the interpreters of a program that still writes this journal what holds their pages, and waits for up to a second: they
 * answer when they next open, remove or import something. Gives how many did; 0, too, when the journal is not ours to write to.
 */
unsigned ask_program_why(const char *path);
/* Notes in the journal that a snapshot begins. Gives when the one before did; 0: there was none, or the journal is not ours to write to. */
uint64_t ask_program_snapshot(const char *path);

#endif
