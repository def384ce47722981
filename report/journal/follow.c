/*
 * follow.c - reads a journal while it grows. Rules R1 to R6 of format.h, over time: what a reader of a finished journal
 * skips (space not begun, records not finished) may be there a moment later.
 *
 * pread copies forwards and a record's first word is stored last, so that a word that says "complete" is followed by a
 * complete record; on machines that load out of order only what is read after the word is. A zero word says nothing
 * about what stands behind it, though: its writer may fill it in while it is being copied. So the walk stops there
 * until PATIENCE is over; a record with a size can be skipped at once.
 */
#include "journal/follow.h"
#include "base/message.h"
#include "journal/journal_header.h"
#include "walk.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND UINT64_C(1000000000)
#define PATIENCE SECOND        /* with space that was taken and not begun */
#define IDLE (5 * SECOND)      /* a chunk that did not grow for so long is read less often */
#define GIVE_UP (600 * SECOND) /* on holes and gaps */
#if defined __x86_64__ || defined __i386__
#define LOADS_IN_ORDER true
#else
#define LOADS_IN_ORDER false
#endif
enum { IDLE_LOOKS = 1000, HOLES_MAX = 256, GAPS_MAX = 64, GAP_LOOKS = 256, STEPS_MOST = 4096 };

/* A chunk that may still get records. */
struct open_chunk {
	uint64_t at;
	uint32_t size, next; /* next: offset in the chunk; all before it was visited, or is a hole */
	uint64_t stalled_ns, grew_ns;
};

/* A part of a chunk that was not complete when it was passed. */
struct hole {
	uint64_t at, since_ns;
	uint32_t size;
};

/* Space between chunks that was handed out and holds no chunk yet. */
struct gap {
	uint64_t from, to, since_ns;
};

struct follow {
	struct source source; /* first */
	int descriptor;
	const char *name;
	struct follow_state state;
	uint64_t end;    /* bytes; chunks before it are known */
	uint64_t handed; /* bytes handed out, in whole pages; the file may be shorter */
	struct open_chunk *chunks;
	size_t chunk_count, chunk_room, turn; /* turn: index of the idle chunk that is read next */
	struct hole holes[HOLES_MAX];
	size_t hole_count;
	struct gap gaps[GAPS_MAX];
	size_t gap_count;
	char *buffer; /* CHUNK_MAX bytes */
	/* arguments of the current follow_read */
	uint64_t now_ns;
	size_t left;
	follow_visit *visit;
	void *context;
};

/* Reads `size` bytes. Returns how many the file has; the others are zero, as if never written. */
static size_t read_at(const struct follow *follow, void *to, size_t size, uint64_t offset)
{
	size_t got = 0;
	while (got < size) {
		ssize_t n = pread(follow->descriptor, (char *)to + got, size - got, (off_t)(offset + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	memset((char *)to + got, 0, size - got);
	return got;
}

/* Visits a record whose first word, as it was read, says that it is complete. */
static void visit(struct follow *follow, char *bytes, uint16_t type, uint32_t size, uint64_t offset)
{
	uint64_t word;
	memcpy(&word, bytes, sizeof word);
	if (!LOADS_IN_ORDER)
		read_at(follow, bytes, size, offset);
	memcpy(bytes, &word, sizeof word);
	follow->visit(follow->context, (const void *)bytes, type, size, offset);
}

static bool read_header(struct follow *follow)
{
	struct journal_header header;
	struct stat status;
	uint64_t size = fstat(follow->descriptor, &status) == 0 ? (uint64_t)status.st_size : 0;
	if (size < JOURNAL_HEADER_SIZE || read_at(follow, &header, sizeof header, 0) < sizeof header ||
	    !walk_has_magic(&header)) {
		follow->state.truncated = true;
		return false;
	}
	uint64_t most = header.capacity < JOURNAL_CAPACITY_MAX ? header.capacity : JOURNAL_CAPACITY_MAX;
	uint64_t used = header.next_free < most ? header.next_free : most;
	follow->state.header = header;
	follow->state.capacity = most;
	follow->state.truncated = size < used;
	follow->state.used = used < size ? used : size;
	follow->handed = walk_whole_pages(used);
	return true;
}

static const void *source_record(struct source *source, uint32_t reference, uint16_t type, uint32_t least,
				 uint32_t *size)
{
	return follow_record((struct follow *)source, source->into, reference, type, least, size);
}

struct source *follow_source(struct follow *follow)
{
	return &follow->source;
}

struct follow *follow_open(int descriptor, const char *name)
{
	char first[JOURNAL_HEADER_SIZE] __attribute__((aligned(8)));
	struct follow *follow = calloc(1, sizeof *follow);
	char *buffer = malloc(CHUNK_MAX);
	if (!follow || !buffer) {
		error("%s: no memory", name);
		free(follow);
		free(buffer);
		return NULL;
	}
	*follow = (struct follow){.source = {.record = source_record, .copies = true},
				  .descriptor = descriptor,
				  .name = name,
				  .buffer = buffer,
				  .end = JOURNAL_HEADER_SIZE};
	if (journal_header_check((const void *)first, read_at(follow, first, sizeof first, 0), name)) {
		follow_close(follow);
		return NULL;
	}
	read_header(follow);
	return follow;
}

void follow_close(struct follow *follow)
{
	free(follow->chunks);
	free(follow->buffer);
	free(follow);
}

const struct follow_state *follow_state(const struct follow *follow)
{
	return &follow->state;
}

/* ---- holes ---- */

static void hole_add(struct follow *follow, uint64_t at, uint32_t size)
{
	if (follow->hole_count == HOLES_MAX) { /* gives up the oldest */
		memmove(follow->holes, follow->holes + 1, (HOLES_MAX - 1) * sizeof *follow->holes);
		follow->hole_count--;
		follow->state.given_up++;
	}
	follow->holes[follow->hole_count++] = (struct hole){at, follow->now_ns, size};
}

static uint64_t zero_words(const char *bytes, uint64_t at, uint64_t end)
{
	uint64_t word = 0;
	for (; at + sizeof word <= end; at += sizeof word) {
		memcpy(&word, bytes + at, sizeof word);
		if (word)
			return at;
	}
	return end;
}

/* Visits the records of a hole that are complete by now; makes new holes of the rest. */
static void hole_walk(struct follow *follow, struct hole hole)
{
	read_at(follow, follow->buffer, hole.size, hole.at);
	for (uint64_t at = 0, next; at + sizeof(struct journal_record) <= hole.size; at = next) {
		uint32_t size;
		uint16_t type;
		enum walk_record found = walk_record(follow->buffer + at, hole.size - at, &size, &type);
		if (found == WALK_BROKEN) {
			follow->state.bad++;
			return;
		}
		next = found == WALK_EMPTY ? zero_words(follow->buffer, at, hole.size) : at + size;
		if (found == WALK_RECORD)
			visit(follow, follow->buffer + at, type, size, hole.at + at);
		else
			hole_add(follow, hole.at + at, (uint32_t)(next - at));
	}
}

static void holes_look(struct follow *follow)
{
	size_t kept = 0, count = follow->hole_count;
	struct hole changed[HOLES_MAX];
	size_t changes = 0;
	for (size_t i = 0; i < count; i++) {
		struct hole hole = follow->holes[i];
		uint64_t word;
		read_at(follow, &word, sizeof word, hole.at);
		if (word >> 32 & 0xffff || (word && word != hole.size))
			changed[changes++] = hole;
		else if (follow->now_ns - hole.since_ns < GIVE_UP)
			follow->holes[kept++] = hole;
		else
			follow->state.given_up++;
	}
	follow->hole_count = kept;
	for (size_t i = 0; i < changes; i++)
		hole_walk(follow, changed[i]);
}

/* ---- chunks ---- */

/* Handles empty space at offset `at` of the chunk. Returns where to go on: behind it, or `at` to wait. */
static uint64_t chunk_stall(struct follow *follow, struct open_chunk *chunk, uint64_t at, uint64_t end)
{
	if (!chunk->stalled_ns)
		chunk->stalled_ns = follow->now_ns ? follow->now_ns : 1;
	if (follow->now_ns - chunk->stalled_ns < PATIENCE)
		return at;
	uint64_t next = chunk->next + zero_words(follow->buffer, at - chunk->next, end - chunk->next);
	if (next < chunk->size) /* otherwise there is no room for a record */
		hole_add(follow, chunk->at + at, (uint32_t)(next - at));
	return next;
}

/* Visits the chunk's records; the buffer holds its bytes from `next` to `end`. Returns false when no more can come. */
static bool chunk_walk(struct follow *follow, struct open_chunk *chunk, uint64_t end)
{
	uint64_t at = chunk->next;
	while (at + sizeof(struct journal_record) <= end) {
		char *bytes = follow->buffer + (at - chunk->next);
		uint32_t size;
		uint16_t type;
		enum walk_record found = walk_record(bytes, end - at, &size, &type);
		if (found == WALK_BROKEN) {
			follow->state.bad++;
			return false;
		}
		if (found == WALK_EMPTY) {
			uint64_t next = chunk_stall(follow, chunk, at, end);
			if (next == at)
				break;
			at = next;
			continue;
		}
		chunk->stalled_ns = 0;
		if (found == WALK_RECORD)
			visit(follow, bytes, type, size, chunk->at + at);
		else
			hole_add(follow, chunk->at + at, size);
		at += size;
	}
	if (at > chunk->next)
		chunk->grew_ns = follow->now_ns;
	chunk->next = (uint32_t)at;
	return at + sizeof(struct journal_record) <= chunk->size;
}

static bool chunk_look(struct follow *follow, struct open_chunk *chunk)
{
	struct journal_chunk header;
	if (read_at(follow, &header, sizeof header, chunk->at) < sizeof header ||
	    walk_chunk(&header, CHUNK_MAX) != WALK_CHUNK || header.size != chunk->size)
		return false; /* truncated, or overwritten */
	uint64_t end = walk_chunk_end(&header) & ~UINT64_C(7);
	if (end <= chunk->next)
		return true;
	size_t size = (size_t)(end - chunk->next);
	read_at(follow, follow->buffer, size, chunk->at + chunk->next);
	follow->left -= size < follow->left ? size : follow->left;
	return chunk_walk(follow, chunk, end);
}

static void chunk_add(struct follow *follow, uint64_t at, uint32_t size)
{
	struct open_chunk chunk = {
		.at = at, .size = size, .next = sizeof(struct journal_chunk), .grew_ns = follow->now_ns};
	if (!chunk_look(follow, &chunk))
		return;
	if (follow->chunk_count == follow->chunk_room) {
		size_t room = follow->chunk_room ? 2 * follow->chunk_room : 64;
		struct open_chunk *more = realloc(follow->chunks, room * sizeof *more);
		if (!more) {
			follow->state.bad++;
			return;
		}
		follow->chunks = more;
		follow->chunk_room = room;
	}
	follow->chunks[follow->chunk_count++] = chunk;
}

/* Reads on in each chunk, but in IDLE_LOOKS of the idle ones at most, in turn: many processes leave many of them. */
static void chunks_look(struct follow *follow)
{
	size_t kept = 0, count = follow->chunk_count, idle = 0;
	for (size_t i = 0; i < count; i++) {
		struct open_chunk chunk = follow->chunks[i];
		bool is_idle = follow->now_ns - chunk.grew_ns > IDLE;
		bool due = !is_idle || (i >= follow->turn && idle++ < IDLE_LOOKS);
		if (!due || chunk_look(follow, &chunk))
			follow->chunks[kept++] = chunk;
		if (due && is_idle && idle == IDLE_LOOKS)
			follow->turn = i + 1;
	}
	if (idle < IDLE_LOOKS)
		follow->turn = 0;
	follow->chunk_count = kept;
}

/* ---- gaps between chunks ---- */

static void gap_add(struct follow *follow, uint64_t from, uint64_t to)
{
	struct gap *last = follow->gap_count ? &follow->gaps[follow->gap_count - 1] : NULL;
	if (last && last->to == from) {
		last->to = to;
		last->since_ns = follow->now_ns;
		return;
	}
	if (follow->gap_count == GAPS_MAX) {
		memmove(follow->gaps, follow->gaps + 1, (GAPS_MAX - 1) * sizeof *follow->gaps);
		follow->gap_count--;
	}
	follow->gaps[follow->gap_count++] = (struct gap){from, to, follow->now_ns};
}

/* Adds a chunk that was begun in the gap. The rest stays a gap. */
static void gap_look(struct follow *follow, struct gap gap, size_t *looks)
{
	struct journal_chunk header;
	uint64_t at = gap.from;
	for (; at < gap.to && *looks; at += CHUNK_ALIGN, --*looks) {
		read_at(follow, &header, sizeof header, at);
		if (walk_chunk(&header, gap.to - at) != WALK_CHUNK)
			continue;
		chunk_add(follow, at, header.size);
		if (at > gap.from)
			gap_add(follow, gap.from, at);
		if (at + header.size < gap.to)
			gap_add(follow, at + header.size, gap.to);
		return;
	}
	if (follow->now_ns - gap.since_ns < GIVE_UP) {
		uint64_t since_ns = gap.since_ns;
		gap_add(follow, gap.from, gap.to);
		follow->gaps[follow->gap_count - 1].since_ns = since_ns;
	}
}

static void gaps_look(struct follow *follow)
{
	struct gap gaps[GAPS_MAX];
	size_t count = follow->gap_count, looks = GAP_LOOKS;
	memcpy(gaps, follow->gaps, sizeof gaps);
	follow->gap_count = 0;
	for (size_t i = 0; i < count; i++)
		gap_look(follow, gaps[i], &looks);
}

/* Gives the page of the next byte that was ever written; `at` on a file system that cannot tell. */
static uint64_t next_data(const struct follow *follow, uint64_t at, uint64_t end)
{
	off_t data = lseek(follow->descriptor, (off_t)at, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? end : at;
	uint64_t page = (uint64_t)data / CHUNK_ALIGN * CHUNK_ALIGN;
	return page > at ? (page < end ? page : end) : at;
}

/* Adds chunks that are new. Returns false when there are more. */
static bool discover(struct follow *follow)
{
	uint64_t end = follow->state.used;
	for (size_t steps = 0; follow->end + sizeof(struct journal_chunk) <= end; steps++) {
		struct journal_chunk header;
		if (!follow->left || steps == STEPS_MOST)
			return false;
		read_at(follow, &header, sizeof header, follow->end);
		if (walk_chunk(&header, follow->handed - follow->end) == WALK_CHUNK) {
			chunk_add(follow, follow->end, header.size);
			follow->end += header.size;
			continue;
		}
		uint64_t next = header.magic ? follow->end : next_data(follow, follow->end, end);
		follow->state.bad += header.magic != 0;
		next = next > follow->end ? next : follow->end + CHUNK_ALIGN;
		gap_add(follow, follow->end, next);
		follow->end = next;
	}
	return true;
}

bool follow_read(struct follow *follow, uint64_t now_ns, size_t most, follow_visit *visit, void *context)
{
	follow->now_ns = now_ns;
	follow->left = most;
	follow->visit = visit;
	follow->context = context;
	if (!read_header(follow))
		return false;
	chunks_look(follow);
	holes_look(follow);
	gaps_look(follow);
	return !discover(follow);
}

const void *follow_record(struct follow *follow, struct arena *arena, uint32_t reference, uint16_t type, uint32_t least,
			  uint32_t *size)
{
	uint64_t offset = (uint64_t)reference * 8;
	struct journal_record head;
	if (offset < JOURNAL_HEADER_SIZE + sizeof(struct journal_chunk) ||
	    read_at(follow, &head, sizeof head, offset) < sizeof head || head.type != type || head.size < least ||
	    head.size > FOLLOW_RECORD_MAX)
		return NULL;
	char *copy = arena_take(arena, head.size);
	if (read_at(follow, copy, head.size, offset) < head.size || memcmp(copy, &head, sizeof head))
		return NULL;
	*size = head.size;
	return copy;
}
