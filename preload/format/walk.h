/*
 * walk.h - the steps by which a journal is walked: rules R1 to R6 of format.h, once for all readers.
 *
 * Every byte may be damaged, and may be written while it is read. No system calls, no memory of its own: each function
 * looks at the bytes that it is given, and says how far the next ones are.
 */
#ifndef PAGELEAK_WALK_H
#define PAGELEAK_WALK_H

#include "format.h"
#include <stdbool.h>
#include <string.h>

/* ---- R1: the header ---- */

enum walk_header { WALK_HEADER_FITS, WALK_NO_MAGIC, WALK_OTHER_VERSION, WALK_OTHER_SIZE, WALK_INCOMPATIBLE };

/* Of `header` only the magic need be there. */
static inline bool walk_has_magic(const void *header)
{
	return memcmp(header, JOURNAL_MAGIC, sizeof JOURNAL_MAGIC - 1) == 0;
}

static inline uint64_t walk_unknown_features(const struct journal_header *header)
{
	return header->incompatible & ~(uint64_t)INCOMPATIBLE_KNOWN;
}

static inline enum walk_header walk_header(const struct journal_header *header)
{
	if (!walk_has_magic(header))
		return WALK_NO_MAGIC;
	if (header->version != JOURNAL_VERSION)
		return WALK_OTHER_VERSION;
	if (header->header_size != JOURNAL_HEADER_SIZE)
		return WALK_OTHER_SIZE;
	return walk_unknown_features(header) ? WALK_INCOMPATIBLE : WALK_HEADER_FITS;
}

/* Rounds up to whole pages of chunks. */
static inline uint64_t walk_whole_pages(uint64_t bytes)
{
	return (bytes + CHUNK_ALIGN - 1) & ~(uint64_t)(CHUNK_ALIGN - 1);
}

/* ---- R2, R3: chunks ---- */

enum walk_chunk {
	WALK_CHUNK,
	WALK_NOT_BEGUN, /* R2: CHUNK_ALIGN bytes further there may be one. So for the next two */
	WALK_NO_CHUNK,  /* R2: something else is there */
	WALK_MISFIT,    /* R3 */
};

/* Says what is at a multiple of CHUNK_ALIGN; `room`: bytes from there to where chunks end. */
static inline enum walk_chunk walk_chunk(const struct journal_chunk *chunk, uint64_t room)
{
	uint32_t magic = __atomic_load_n(&chunk->magic, __ATOMIC_ACQUIRE), size = chunk->size;

	if (magic != CHUNK_MAGIC)
		return magic ? WALK_NO_CHUNK : WALK_NOT_BEGUN;
	return size && size % CHUNK_ALIGN == 0 && size <= CHUNK_MAX && size <= room ? WALK_CHUNK : WALK_MISFIT;
}

/*
 * Gives the offset in the chunk at which its records end: what is handed out of it, or all when that cannot be right.
 */
static inline uint64_t walk_chunk_end(const struct journal_chunk *chunk)
{
	uint64_t used = __atomic_load_n(&chunk->used, __ATOMIC_ACQUIRE), size = chunk->size;

	return used >= sizeof *chunk && used < size ? used : size;
}

/* ---- R4, R5, R6: records ---- */

enum walk_record {
	WALK_RECORD,
	WALK_EMPTY,      /* R4: 8 bytes further there may be something */
	WALK_UNFINISHED, /* R6: `size` leads to the next */
	WALK_BROKEN,     /* R5: nothing behind it can be read */
};

/*
 * Says what is at `at`, which is 8-byte aligned and of which 16 bytes can be read; `left`: bytes from there to where
 * records end. Sets size and type, also of what is no record.
 */
static inline enum walk_record walk_record(const void *at, uint64_t left, uint32_t *size, uint16_t *type)
{
	uint64_t word = __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);

	*size = (uint32_t)word;
	*type = (uint16_t)(word >> 32);
	if (!word)
		return WALK_EMPTY;
	if (*size % 8 || *size < sizeof(struct journal_record) || *size > left)
		return WALK_BROKEN;
	return *type ? WALK_RECORD : WALK_UNFINISHED;
}

/* How far the next record is, or may be; 0: nothing behind it can be read. */
static inline uint32_t walk_step(enum walk_record found, uint32_t size)
{
	return found == WALK_BROKEN ? 0 : found == WALK_EMPTY ? 8 : size;
}

#endif
