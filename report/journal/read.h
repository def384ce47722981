/*
 * read.h - reads a whole journal from memory. No I/O. Every byte may be damaged (rules R1 to R11 of format.h).
 */
#ifndef PAGELEAK_READ_H
#define PAGELEAK_READ_H

#include "base/arena.h"
#include "model/journal_model.h"

/*
 * Reads `size` bytes of a journal. `bytes` must outlive `out`. Returns 0, or -1 after a message with the offset and
 * what is wrong when nothing of it can be used. A damaged journal that can be used in part gives 0, `bad` > 0 and a
 * warning.
 */
int journal_read(struct arena *arena, const void *bytes, size_t size, const char *name, struct journal *out);
/* Does the same without warnings, for a journal that was read before. */
int journal_read_again(struct arena *arena, const void *bytes, size_t size, const char *name, struct journal *out);

#endif
