/*
 * note.h - NOTE records: what limits the audit of this process. Each kind is said once a process. Safety as journal.h.
 */
#ifndef PAGELEAK_NOTE_H
#define PAGELEAK_NOTE_H

#include "format.h"

/* `detail` NULL: none. */
void note_write(enum journal_note_kind kind, const char *detail);
/* The same in two steps, for what may not be known afterwards: a record that is not committed says nothing. May be NULL. */
struct journal_note *note_begin(enum journal_note_kind kind, const char *detail);
void note_commit(struct journal_note *note);
/* What was begun for did not come to pass: not to be taken for the last words of a process that was killed. */
void note_drop(struct journal_note *note);

#endif
