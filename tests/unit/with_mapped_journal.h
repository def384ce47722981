/*
 * with_mapped_journal.h - for test programs of preload/ that write to a journal: maps an empty one for all of their
 * tests, in which this process has number 1.
 */
#ifndef PAGELEAK_WITH_MAPPED_JOURNAL_H
#define PAGELEAK_WITH_MAPPED_JOURNAL_H

#include "empty_journal.h"
#include "journal/journal.h"
#include "unit_test.h"
#include <stdlib.h>
#include <unistd.h>

static char *journal_file;

static int journal_set_up_of(size_t capacity)
{
	struct journal_header header = empty_header(capacity);
	journal_file = empty_journal(&header, capacity);
	return journal_open(journal_file) || journal_process_take(getpid()) != 1 ? -1 : 0;
}

static int journal_tear_down(void **state)
{
	(void)state;
	unlink(journal_file);
	free(journal_file);
	return 0;
}

static inline uint64_t counted(enum journal_counter counter)
{
	return journal_header()->counters[counter];
}

#endif
