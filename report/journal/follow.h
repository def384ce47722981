/*
 * follow.h - reads a journal while it grows: visits each complete record once, going on where the last call ended.
 *
 * Uses pread(2) and no mapping: a file that shrinks meanwhile gives short reads and no SIGBUS. Writes nothing. A record that
 * is still being written does not hold up those behind it: it is read again later, and given up after ten minutes if its
 * writer died. Memory: one entry for each chunk that may still grow; nothing for a record.
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

/* Called for each record. `offset`: of the record in the file. The bytes are valid until the function returns. */
typedef void follow_visit(void *context, const struct journal_record *record, uint16_t type, uint32_t size,
			  uint64_t offset);

/* Returns NULL after a message if this is no journal. The descriptor stays the caller's. Free it by follow_close. */
struct follow *follow_open(int descriptor, const char *name);
void follow_close(struct follow *follow);

/*
 * Visits the records that were completed since the last call, about `most` bytes of them. `now_ns`: a clock that does not go
 * back, which limits the wait for unfinished records. Returns true if more can be read at once.
 */
bool follow_read(struct follow *follow, uint64_t now_ns, size_t most, follow_visit *visit, void *context);

/* R9: copies the complete record at a reference into `arena`, at most FOLLOW_RECORD_MAX bytes. NULL if there is none. */
enum { FOLLOW_RECORD_MAX = 1 << 16 };
const void *follow_record(struct follow *follow, struct arena *arena, uint32_t reference, uint16_t type, uint32_t least,
			  uint32_t *size);

struct follow_state {
	struct journal_header header; /* as read by the last call */
	uint64_t used, capacity;      /* bytes, for people */
	uint64_t bad;                 /* records and chunks left out because they break a rule */
	uint64_t given_up;            /* records whose writers died while writing them */
	bool truncated;               /* the file is shorter than its header says */
};
const struct follow_state *follow_state(const struct follow *follow);

#endif
