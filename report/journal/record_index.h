/*
 * record_index.h - records that others refer to, by reference: a million of them, met in the order of their offsets, then looked up.
 */
#ifndef PAGELEAK_KNOWN_H
#define PAGELEAK_KNOWN_H

#include "base/arena.h"
#include <stddef.h>
#include <stdint.h>

struct known {
	uint32_t reference; /* offset / 8, as in the journal (R9 of format.h) */
	uint16_t type;
	void *parsed;
};

/* Begins as {arena}. */
struct known_list {
	struct arena *arena;
	struct known *at;
	size_t count, room;
	uint32_t *from; /* by block of references: how many lie below it */
	size_t blocks;
};

/* In ascending order of references. */
void known_add(struct known_list *list, uint32_t reference, uint16_t type, void *parsed);
/* Once, after the last has been added; `references`: one more than the greatest that may be asked for. */
void known_index(struct known_list *list, uint64_t references);
/* What was added; NULL: nothing, or it is of another type. Any reference may be asked for, 0 too. */
void *known_at(const struct known_list *list, uint32_t reference, uint16_t type);

#endif
