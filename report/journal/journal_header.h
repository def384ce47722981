/*
 * journal_header.h - may this be read, and is it whole? The journal's header against rule R1 and the file's size.
 */
#ifndef PAGELEAK_JOURNAL_HEADER_H
#define PAGELEAK_JOURNAL_HEADER_H

#include "format.h"
#include "model/journal_model.h"

/* 0, or -1 after a message with the offset and what is wrong there. `header` may have fewer bytes than a header. */
int journal_header_check(const struct journal_header *header, uint64_t size, const char *name);
/* A journal that nothing has been read of: no text in it is NULL. */
struct journal journal_header_begin(struct arena *arena, const char *name);
/* Takes over what the header says of the audit and of losses. */
void journal_header_take(const struct journal_header *header, struct journal *journal);
/* Says what is missing or was left out, after reading. */
void journal_header_warn(const struct journal *journal, const struct journal_header *header, uint64_t size);

#endif
