/*
 * note.c - writes NOTE records.
 *
 * Must not: write a kind of note twice, but in two steps.
 */
#include "journal/note.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include <stddef.h>
#include <string.h>

/* A bit for each kind that was written. Forked children inherit it, and do not repeat their parent's notes. */
static uint32_t said;

struct journal_note *note_begin(enum journal_note_kind kind, const char *detail)
{
	if (!journal_is_open())
		return NULL;
	journal_process();
	uint32_t detail_at = detail ? intern_string(detail, strlen(detail)) : 0;
	struct journal_note *note = journal_begin(RECORD_NOTE, sizeof *note, 0);
	if (!note)
		return NULL;
	note->time_ns = journal_now();
	note->note = kind;
	note->detail = detail_at;
	return note;
}

void note_commit(struct journal_note *note)
{
	if (note)
		journal_commit(note, RECORD_NOTE, 0);
}

void note_drop(struct journal_note *note)
{
	if (note)
		journal_commit(note, RECORD_VOID, 0);
}

void note_write(enum journal_note_kind kind, const char *detail)
{
	if (!(__atomic_fetch_or(&said, 1u << kind, __ATOMIC_RELAXED) & 1u << kind))
		note_commit(note_begin(kind, detail));
}
