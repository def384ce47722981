/*
 * record_cache.c - a hash table with open addressing and slots of 16 bytes: a search mostly reads one line of the
 * cache.
 */
#include "journal/record_cache.h"
#include "base/arena.h"
#include "base/hash.h"
#include <stdlib.h>

enum { SLOTS_LEAST = 64 };

/* Spreads blocks of references, not each: events refer to records that were written together. */
static size_t place_of(const struct record_cache *cache, uint32_t reference, uint16_t type)
{
	enum { BLOCK = 512, LEAST = 4 }; /* references; a record takes about as many, or more */
	const struct record_slot *slots = cache->slots;
	size_t at = ((size_t)(reference / BLOCK * HASH_MULTIPLIER >> 32) + reference % BLOCK / LEAST) & cache->mask;
	while (slots[at].reference && (slots[at].reference != reference || slots[at].type != type))
		at = (at + 1) & cache->mask;
	return at;
}

/* Keeps a third of the slots free. */
static void make_room(struct record_cache *cache)
{
	struct record_cache before = *cache;
	size_t slots = before.slots ? before.mask + 1 : 0;
	if (3 * (before.count + 1) <= 2 * slots)
		return;
	cache->mask = (slots ? 2 * slots : SLOTS_LEAST) - 1;
	cache->slots = calloc(cache->mask + 1, sizeof *cache->slots);
	if (!cache->slots)
		arena_out_of_memory();
	for (size_t i = 0; i < slots; i++)
		if (before.slots[i].reference)
			cache->slots[place_of(cache, before.slots[i].reference, before.slots[i].type)] =
				before.slots[i];
	free(before.slots);
}

struct record_slot *record_cache_slot(struct record_cache *cache, uint32_t reference, uint16_t type, bool *added)
{
	make_room(cache);
	struct record_slot *slot = &cache->slots[place_of(cache, reference, type)];
	*added = !slot->reference;
	if (*added) {
		*slot = (struct record_slot){reference, type, NULL};
		cache->count++;
	}
	return slot;
}

void *record_cache_find(const struct record_cache *cache, uint32_t reference, uint16_t type)
{
	return reference && cache->slots ? cache->slots[place_of(cache, reference, type)].made : NULL;
}

void record_cache_free(struct record_cache *cache)
{
	free(cache->slots);
	*cache = (struct record_cache){0};
}
