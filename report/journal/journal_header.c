/*
 * journal_header.c - messages about the header of a journal. Must not read beyond the header.
 */
#include "journal/journal_header.h"
#include "base/message.h"
#include "walk.h"
#include <string.h>

int journal_header_check(const struct journal_header *header, uint64_t size, const char *name)
{
	if (!size)
		return error("%s: is empty: not a pageleak journal", name);
	if (size < sizeof header->magic || !walk_has_magic(header))
		return error("%s: at offset 0: no \"%s\" there: not a pageleak journal", name, JOURNAL_MAGIC);
	if (size < JOURNAL_HEADER_SIZE)
		return error("%s: at offset %llu: ends within the header of %d bytes: truncated", name,
			     (unsigned long long)size, JOURNAL_HEADER_SIZE);
	switch (walk_header(header)) {
	case WALK_OTHER_VERSION:
		return error("%s: at offset 8: version %u, this pageleak reads version %u", name, header->version,
			     JOURNAL_VERSION);
	case WALK_OTHER_SIZE:
		return error("%s: at offset 12: header of %u bytes, expected %u", name, header->header_size,
			     JOURNAL_HEADER_SIZE);
	case WALK_INCOMPATIBLE:
		return error(
			"%s: at offset 24: incompatible feature %d, which this pageleak does not know: use a newer one",
			name, __builtin_ctzll(walk_unknown_features(header)));
	default:
		return 0;
	}
}

struct journal journal_header_begin(struct arena *arena, const char *name)
{
	return (struct journal){.arena = arena,
				.name = name,
				.cwd = text_none(),
				.host = text_none(),
				.version = text_none(),
				.tmpdir = text_none(),
				.settings = text_none()};
}

void journal_header_take(const struct journal_header *header, struct journal *journal)
{
	journal->started_ns = header->started_ns;
	journal->creator_pid = header->creator_pid;
	memcpy(journal->counters, header->counters, sizeof journal->counters);
}

void journal_header_warn(const struct journal *journal, const struct journal_header *header, uint64_t size)
{
	uint64_t due = header->next_free < header->capacity ? header->next_free : header->capacity;
	if (size < due)
		warning("%s: at offset %llu: truncated: %llu bytes should follow; reporting on what is there",
			journal->name, (unsigned long long)size, (unsigned long long)(due - size));
	if (header->next_free < JOURNAL_HEADER_SIZE)
		warning("%s: at offset 48: next free offset %llu lies within the header", journal->name,
			(unsigned long long)header->next_free);
	if (journal->bad)
		warning("%s: %llu damaged records or chunks left out", journal->name, (unsigned long long)journal->bad);
}
