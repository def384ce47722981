/*
 * follow.h - reads a journal while it grows: each complete record once, from where the last look ended.
 *
 * Works on a descriptor by pread(2), never by a mapping: a file that shrinks meanwhile gives short reads, no SIGBUS.
 * Nothing is written. A record that is being written does not stop what stands behind it; one whose writer is slow is
 * looked at again, one whose writer died is given up in the end. Memory: the chunks that may still grow, nothing of
 * what was read.
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

/* `offset` is the record's in the file. The bytes are good until the visit ends. */
typedef void follow_visit(void *context, const struct journal_record *record, uint16_t type, uint32_t size,
			  uint64_t offset);

/* The descriptor stays the caller's. NULL after a message when this is no journal. follow_close frees it. */
struct follow *follow_open(int descriptor, const char *name);
void follow_close(struct follow *follow);

/*
 * Visits what has been completed since, about `most` bytes of it. `now_ns`: a clock that does not go back, for how long
 * to wait for what is unfinished. True: there is more that can be read at once.
 */
bool follow_read(struct follow *follow, uint64_t now_ns, size_t most, follow_visit *visit, void *context);

/* R9: a copy in `arena` of the complete record there, of at most FOLLOW_RECORD_MAX bytes; NULL when there is none. */
enum { FOLLOW_RECORD_MAX = 1 << 16 };
const void *follow_record(struct follow *follow, struct arena *arena, uint32_t reference, uint16_t type, uint32_t least,
			  uint32_t *size);

/* The same as a source of records, which copies. */
struct source *follow_source(struct follow *follow);

struct follow_state {
	struct journal_header header; /* as read last */
	uint64_t used, capacity;      /* bytes, for people */
	uint64_t bad;                 /* records and chunks left out because they break a rule */
	uint64_t given_up;            /* records whose writers died over them */
	bool truncated;               /* the file is shorter than what was handed out of it */
};
const struct follow_state *follow_state(const struct follow *follow);

#endif
