/*
 * record_cache.h - a hash table from references to what was made of their records, for millions of them.
 */
#ifndef PAGELEAK_RECORD_CACHE_H
#define PAGELEAK_RECORD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_slot {
	uint32_t reference; /* R9 of format.h; 0: the slot is free */
	uint16_t type;
	void *made;
};

/* Initialized with zero. */
struct record_cache {
	struct record_slot *slots;
	size_t count, mask; /* mask: the number of slots - 1 */
};

/*
 * Finds the slot of a reference that is not 0, or adds one whose `made` is NULL; `*added` says which. The slot stays
 * where it is until the next one is added. Ends the program when there is no memory.
 */
struct record_slot *record_cache_slot(struct record_cache *cache, uint32_t reference, uint16_t type, bool *added);
/* Gives `made` of a slot; NULL when there is no slot, or reference is 0. */
void *record_cache_find(const struct record_cache *cache, uint32_t reference, uint16_t type);
void record_cache_free(struct record_cache *cache);

#endif
