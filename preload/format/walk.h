/*
 * walk.h - how to walk a journal: its header, chunks and records, by rules R1 to R6 of format.h. Both halves and every
 * reader use these steps, whether the journal is in memory, is read from a file, or grows meanwhile.
 *
 * No I/O, no memory of its own. Safe in any thread and in signal handlers. Every byte may be hostile.
 */
#ifndef PAGELEAK_WALK_H
#define PAGELEAK_WALK_H

#include "format.h"
#include <stdbool.h>
#include <string.h>

/* R1: why a journal cannot be read. */
enum walk_header {
	WALK_HEADER_FITS,
	WALK_HEADER_EMPTY,        /* the file has no bytes */
	WALK_HEADER_MAGIC,        /* it does not begin as a journal does */
	WALK_HEADER_CUT,          /* it ends within the header */
	WALK_HEADER_VERSION,      /* another version */
	WALK_HEADER_SIZE,         /* a header of another size */
	WALK_HEADER_INCOMPATIBLE, /* it has a feature that is not known here */
};

/* `size`: bytes of the file, of which no more than `size` are read. */
static inline enum walk_header walk_header(const struct journal_header *header, uint64_t size)
{
	if (!size)
		return WALK_HEADER_EMPTY;
	if (size < sizeof header->magic || memcmp(header->magic, JOURNAL_MAGIC, sizeof header->magic))
		return WALK_HEADER_MAGIC;
	if (size < JOURNAL_HEADER_SIZE)
		return WALK_HEADER_CUT;
	if (header->version != JOURNAL_VERSION)
		return WALK_HEADER_VERSION;
	if (header->header_size != JOURNAL_HEADER_SIZE)
		return WALK_HEADER_SIZE;
	return header->incompatible & ~(uint64_t)INCOMPATIBLE_KNOWN ? WALK_HEADER_INCOMPATIBLE : WALK_HEADER_FITS;
}

/* R3, but for where the chunk ends. */
static inline bool walk_chunk_size_fits(uint32_t size)
{
	return size && size % CHUNK_ALIGN == 0 && size <= CHUNK_MAX;
}

/* R2, R3: is there a chunk, which ends within `room` bytes from its start? Its magic is read first. */
static inline bool walk_is_chunk(const struct journal_chunk *chunk, uint64_t room)
{
	uint32_t magic = __atomic_load_n(&chunk->magic, __ATOMIC_ACQUIRE), size = chunk->size;

	return magic == CHUNK_MAGIC && walk_chunk_size_fits(size) && size <= room;
}

/* Bytes of a chunk up to which there may be records, its header included. `size`: bytes of it that can be read. */
static inline uint32_t walk_chunk_end(const struct journal_chunk *chunk, uint32_t size)
{
	uint64_t used = __atomic_load_n(&chunk->used, __ATOMIC_ACQUIRE);

	return used >= sizeof *chunk && used < size ? (uint32_t)used & ~7u : size;
}

/* What stands at a place of a chunk where a record is due. */
enum walk_step {
	WALK_RECORD,
	WALK_EMPTY,      /* R4: space that was taken and not begun: there may be a record 8 bytes further */
	WALK_UNFINISHED, /* R6: a record that was begun; `size` leads to the next */
	WALK_BROKEN,     /* R5: nothing behind it can be read */
};

/*
 * `at`: 8-byte aligned, of which sizeof(struct journal_record) bytes can be read; `left`: bytes from there to the end
 * of the chunk. Fills in `size`, in bytes, and `type` of RECORD and UNFINISHED.
 */
static inline enum walk_step walk_record(const void *at, uint64_t left, uint32_t *size, uint16_t *type)
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

#endif
