/*
 * record_index.h - a sorted array from the reference of a record to its parsed form. It is filled in file order, then
 * searched. Made for millions of records.
 */
#ifndef PAGELEAK_RECORD_INDEX_H
#define PAGELEAK_RECORD_INDEX_H

#include "base/arena.h"
#include <stddef.h>
#include <stdint.h>

struct indexed_record {
	uint32_t reference; /* offset / 8, as in the journal (R9 of format.h) */
	uint16_t type;
	void *parsed;
};

/* Initialize it as {arena}. */
struct record_index {
	struct arena *arena;
	struct indexed_record *at;
	size_t count, room;
	uint32_t *from; /* for each block of references: number of records below it */
	size_t blocks;
};

/* Adds a record. Call it in ascending order of references. `parsed` stays the caller's. */
void record_index_add(struct record_index *list, uint32_t reference, uint16_t type, void *parsed);
/* Call it once, after the last record was added. `references`: one more than the greatest reference. */
void record_index_finish(struct record_index *list, uint64_t references);
/* Returns the parsed form, or NULL if there is no record of that type. Takes any reference, 0 as well. */
void *record_index_at(const struct record_index *list, uint32_t reference, uint16_t type);

#endif
