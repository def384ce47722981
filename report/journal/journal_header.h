/*
 * journal_header.h - checks the header of a journal against rule R1 of format.h, and the file's size against the
 * header.
 */
#ifndef PAGELEAK_JOURNAL_HEADER_H
#define PAGELEAK_JOURNAL_HEADER_H

#include "format.h"
#include "model/journal_model.h"

/*
 * Checks that a file of `size` bytes can be read. Returns 0, or -1 after a message with the offset and the fault.
 * Reads at most `size` bytes of `header`.
 */
int journal_header_check(const struct journal_header *header, uint64_t size, const char *name);
/* Makes the model of a journal of which nothing has been read yet. All its texts are "". */
struct journal journal_header_begin(struct arena *arena, const char *name);
/* Copies start, creator and counters of losses from the header. */
void journal_header_take(const struct journal_header *header, struct journal *journal);
/* Warns, after reading, of missing bytes and of records that were left out. */
void journal_header_warn(const struct journal *journal, const struct journal_header *header, uint64_t size);

#endif
