/*
 * journal_header.h - may this be read, and is it whole? The journal's header against rule R1 and the file's size.
 */
#ifndef PAGELEAK_HEADER_H
#define PAGELEAK_HEADER_H

#include "format.h"
#include "model/journal_model.h"

/* 0, or -1 after a message with the offset and what is wrong there. `header` may have fewer bytes than a header. */
int header_check(const struct journal_header *header, uint64_t size, const char *name);
/* Says what is missing or was left out, after reading. */
void header_warn(const struct journal *journal, const struct journal_header *header, uint64_t size);

#endif
