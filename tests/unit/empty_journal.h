/*
 * empty_journal.h - a journal in a file, without records, for the library to map. Needs format.h alone.
 */
#ifndef PAGELEAK_EMPTY_JOURNAL_H
#define PAGELEAK_EMPTY_JOURNAL_H

#include "format.h"
#include <stddef.h>

/* The header of an empty journal of `capacity` bytes. */
struct journal_header empty_header(uint64_t capacity);
/* Makes a file of `size` bytes that begins with this header. Gives its path, the caller's to remove and to free. */
char *empty_journal(const struct journal_header *header, size_t size);

#endif
