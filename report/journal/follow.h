/*
 * follow.h - reads a journal while it grows. Visits each complete record once.
 *
 * Reads the descriptor by pread(2), never by a mapping: a file that shrinks meanwhile gives short reads, no SIGBUS.
 * Writes nothing. Passes an unfinished record and tries it again later; gives it up after ten minutes. Memory: a few
 * numbers for each chunk that may still grow, and nothing for what was read.
 */
#ifndef PAGELEAK_FOLLOW_H
#define PAGELEAK_FOLLOW_H

#include "base/arena.h"
#include "format.h"
#include "journal/decode.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct follow;

/*
 * Is called for one record. `offset`: bytes from the start of the file. `record` is valid until the function returns.
 */
typedef void follow_visit(void *context, const struct journal_record *record, uint16_t type, uint32_t size,
			  uint64_t offset);

/*
 * Begins to follow the journal that `descriptor` is open on, which stays the caller's to close. Returns NULL after a
 * message when it is no journal. The caller frees the result by follow_close.
 */
struct follow *follow_open(int descriptor, const char *name);
void follow_close(struct follow *follow);

/*
 * Visits the records that were completed since the last call, about `most` bytes of them. `now_ns`: the time of a
 * monotonic clock, which decides how long unfinished records are waited for. Returns true when more can be read at
 * once.
 */
bool follow_read(struct follow *follow, uint64_t now_ns, size_t most, follow_visit *visit, void *context);

/*
 * Copies the record that `reference` leads to (R9) into `arena`. Returns NULL when no complete record of that type,
 * with `least` to FOLLOW_RECORD_MAX bytes, is there.
 */
enum { FOLLOW_RECORD_MAX = 1 << 16 };
const void *follow_record(struct follow *follow, struct arena *arena, uint32_t reference, uint16_t type, uint32_t least,
			  uint32_t *size);

/* Gives follow_record as a source of records. It lives as long as `follow`. */
struct source *follow_source(struct follow *follow);

struct follow_state {
	struct journal_header header; /* as read last */
	uint64_t used, capacity;      /* bytes, to show */
	uint64_t bad;                 /* records and chunks that were left out because they break a rule */
	uint64_t given_up;            /* records that were never finished */
	bool truncated;               /* the file is shorter than next_free says */
};
const struct follow_state *follow_state(const struct follow *follow);

#endif
