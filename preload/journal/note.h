/*
 * note.h - writes NOTE records, which say what limits the audit of this process. Safety as journal_map.h.
 */
#ifndef PAGELEAK_NOTE_H
#define PAGELEAK_NOTE_H

#include "format.h"

/* Writes a note, the first time for each kind in a process and those forked from it. `detail` NULL: none. */
void note_write(enum journal_note_kind kind, const char *detail);
/*
 * The same in two steps, each time: for a call after which no note could be begun, or which may fail. NULL when there
 * is no space. Readers skip a note that is not committed.
 */
struct journal_note *note_begin(enum journal_note_kind kind, const char *detail);
/* Makes it valid. NULL is allowed. */
void note_commit(struct journal_note *note);
/*
 * Gives it up, as the call has failed. NULL is allowed. Left open, it would look like a record of a process that was
 * killed.
 */
void note_drop(struct journal_note *note);

#endif
