/*
 * unseen.c - reasons in notes, in programs that never said hello, and in the journal's counters. Must not ask the
 * machine: coverage.c finds out more at the end.
 */
#include "journal/unseen.h"
#include "base/arena.h"
#include "base/text.h"
#include "format.h"

#define HELLO_NS UINT64_C(2000000000) /* from exec to the first record */

static const char *note_text(uint32_t note)
{
	enum { INCOMPLETE = 1, LIMIT = 0 };
	switch (note) {
#define X(number, name, kind, text)                                                                                    \
	case number:                                                                                                   \
		return kind ? text : NULL;
		JOURNAL_NOTE_TABLE(X)
#undef X
	default:
		return NULL;
	}
}

static const char *lost(const struct journal *journal)
{
	enum { LOSS = 1, LIMIT = 0 };
#define X(number, kind, name, text)                                                                                    \
	if (kind && journal->counters[number])                                                                         \
		return "events were lost: " text;
	JOURNAL_COUNTER_TABLE(X)
#undef X
	return NULL;
}

static const char *not_audited(const struct process *process)
{
	return process->exec_flags & EXEC_OUT_OF_REACH       ? "was started where the library is out of reach"
	       : process->exec_flags & EXEC_ENVIRONMENT_LOST ? "was started with a cleared environment"
							     : "is not audited";
}

static void find(struct unseen *unseen, const struct journal *journal, struct text program, const char *reason)
{
	if (!unseen->reason && reason)
		unseen->reason = arena_format(journal->arena, "%s %s",
					      text_shown(journal->arena, text_basename(program)), reason);
}

const char *unseen_reason(struct unseen *unseen, const struct journal *journal, uint64_t now_ns)
{
	for (; !unseen->reason && unseen->notes < journal->note_count; unseen->notes++) {
		const struct note_seen *note = &journal->notes[unseen->notes];
		find(unseen, journal, note->process->exe, note_text(note->note));
	}
	/* Those that were not audited stand at the end. */
	for (size_t i = journal->process_count; !unseen->reason && i-- > 0 && !journal->processes[i]->audited;) {
		const struct process *process = journal->processes[i];
		if (now_ns > process->started_ns && now_ns - process->started_ns > HELLO_NS)
			find(unseen, journal, process->exe, not_audited(process));
	}
	const char *losses = lost(journal);
	return losses ? losses : unseen->reason ? unseen->reason : "";
}
