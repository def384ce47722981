/*
 * journal_header.h - validates the header of a journal (rule R1) and warns when the file is shorter than it says.
 */
#ifndef PAGELEAK_JOURNAL_HEADER_H
#define PAGELEAK_JOURNAL_HEADER_H

#include "format.h"
#include "model/journal_model.h"

/* Returns 0, or -1 after a message with offset and reason. `size`: bytes of the file; `header` has no more than those. */
int journal_header_check(const struct journal_header *header, uint64_t size, const char *name);
/* Warns, after reading, of bytes that are missing and of records that were left out. */
void journal_header_warn(const struct journal *journal, const struct journal_header *header, uint64_t size);

#endif
