/*
 * journal_header.c - may this be read, and is it whole? Must not look beyond the header.
 */
#include "journal/journal_header.h"
#include "base/message.h"
#include <string.h>

int header_check(const struct journal_header *header, uint64_t size, const char *name)
{
	if (!size)
		return error("%s: is empty: not a pageleak journal", name);
	if (size < sizeof header->magic || memcmp(header->magic, JOURNAL_MAGIC, sizeof header->magic))
		return error("%s: at offset 0: no \"%s\" there: not a pageleak journal", name, JOURNAL_MAGIC);
	if (size < JOURNAL_HEADER_SIZE)
		return error("%s: at offset %llu: ends within the header of %d bytes: truncated", name,
			     (unsigned long long)size, JOURNAL_HEADER_SIZE);
	if (header->version != JOURNAL_VERSION)
		return error("%s: at offset 8: version %u, this pageleak reads version %u", name, header->version,
			     JOURNAL_VERSION);
	if (header->header_size != JOURNAL_HEADER_SIZE)
		return error("%s: at offset 12: header of %u bytes, expected %u", name, header->header_size,
			     JOURNAL_HEADER_SIZE);
	uint64_t unknown = header->incompatible & ~(uint64_t)INCOMPATIBLE_KNOWN;
	if (unknown)
		return error(
			"%s: at offset 24: incompatible feature %d, which this pageleak does not know: use a newer one",
			name, __builtin_ctzll(unknown));
	return 0;
}

void header_warn(const struct journal *journal, const struct journal_header *header, uint64_t size)
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
