/*
 * intern.h - a table of the things that this process has stored in the journal already: strings, stacks, functions,
 * modules. It maps a 64-bit hash to a journal reference. Private to the process; a forked child inherits it. When it is
 * full, things are stored again, and counted. Lock-free; safety as journal_map.h.
 */
#ifndef PAGELEAK_INTERN_H
#define PAGELEAK_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seeds of the hash, so that things of different kinds have different keys. */
enum intern_kind {
	INTERN_STRING = 1,
	INTERN_MODULE,
	INTERN_STACK,
	INTERN_CODE,
	INTERN_SCRIPT_STACK,
	INTERN_TYPE,
	INTERN_DIRECTORY
};

/* What the table holds of a thing. */
struct interned {
	uint32_t reference; /* 0: not known */
	uint32_t extra;     /* free for the caller */
};

/* Looks up a key, a hash that is not 0. */
struct interned intern_find(uint64_t key);
/* Adds a key or changes its value. Maps the table at the first addition: a process that makes no page needs none. */
void intern_add(uint64_t key, struct interned value);

/* Hashes of `count` words, of `size` bytes; never 0. */
uint64_t hash_words(const uint64_t *words, size_t count, uint64_t seed);
uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed);
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xbf58476d1ce4e5b9u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Reference to a STRING record of these bytes, stored if it is new; 0 when that failed. At most 60,000 bytes are kept.
 */
uint32_t intern_string(const char *bytes, size_t size);
/* Stores a STRING record without remembering it, for a string that will hardly come again. */
uint32_t intern_once(const char *bytes, size_t size);

#endif
