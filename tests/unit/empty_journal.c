/*
 * empty_journal.c - writes a header to a temporary file.
 */
#include "empty_journal.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct journal_header empty_header(uint64_t capacity)
{
	struct journal_header header = {.version = JOURNAL_VERSION,
					.header_size = JOURNAL_HEADER_SIZE,
					.capacity = capacity,
					.started_ns = 1000000000,
					.next_free = JOURNAL_HEADER_SIZE,
					.next_process = 1,
					.creator_pid = (uint32_t)getpid()};
	memcpy(header.magic, JOURNAL_MAGIC, sizeof header.magic);
	return header;
}

char *empty_journal(const struct journal_header *header, size_t size)
{
	char path[] = "/tmp/pageleak-unit-XXXXXX";
	int file = mkstemp(path);
	assert(file >= 0);
	ssize_t written = pwrite(file, header, sizeof *header, 0);
	assert(written == sizeof *header);
	int status = ftruncate(file, (off_t)size);
	assert(!status);
	close(file);
	char *copy = strdup(path);
	assert(copy);
	return copy;
}
