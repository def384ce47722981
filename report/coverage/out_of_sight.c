/*
 * out_of_sight.c - counts pages that other mounts, root directories and unnamed directories may hide. Must not search
 * for them.
 */
#include "coverage/out_of_sight.h"
#include "base/arena.h"
#include "base/text.h"
#include "coverage/coverage.h"
#include "format.h"
#include "journal/root_directories.h"
#include "model/verdicts.h"

/* The first change of mounts; NULL: none. */
static const struct note_seen *first_change(const struct journal *journal)
{
	const struct note_seen *first = NULL;
	for (size_t i = 0; i < journal->note_count; i++) {
		const struct note_seen *note = &journal->notes[i];
		if (note->note == NOTE_MOUNTS && (!first || note->time_ns < first->time_ns))
			first = note;
	}
	return first;
}

static void add(struct arena *arena, struct coverage *coverage, const char *text)
{
	coverage_limit(arena, coverage, text);
	coverage->complete = false;
}

void out_of_sight_count(const struct journal *journal, struct coverage *coverage, const struct pages *pages)
{
	const struct note_seen *change = first_change(journal);
	struct arena *arena = journal->arena;
	size_t moved = 0, rooted = 0;
	for (size_t i = 0; (change || journal->root_count) && i < pages->count; i++) {
		const struct page *page = pages->at[i];
		if (page->verdict != VERDICT_VANISHED || !page->made)
			continue;
		if (change && page->made->time_ns >= change->time_ns)
			moved++;
		else if (root_directories_is_other(page->made->process, page->made->time_ns))
			rooted++;
	}
	if (pages->placeless)
		add(arena, coverage,
		    arena_format(arena,
				 "%zu pages were made in a directory whose name could not be told: they may be on disk",
				 pages->placeless));
	if (moved) {
		const char *exe =
			text_shown(arena, change->process->exe.size ? change->process->exe : text_of("a process"));
		bool named = change->detail.size;
		add(arena, coverage,
		    arena_format(arena,
				 "%s changed what is mounted%s%s: %zu pages that vanished after that may be on disk, "
				 "out of sight",
				 exe, named ? " at " : "", named ? text_shown(arena, change->detail) : "", moved));
	}
	if (rooted)
		add(arena, coverage,
		    arena_format(
			    arena,
			    "%zu pages that vanished in another root directory may be on disk, behind a link there",
			    rooted));
}
