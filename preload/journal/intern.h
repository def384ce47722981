/*
 * intern.h - what is stored once: strings, stacks, code objects, modules. A private table from a 64-bit hash to a journal
 * reference; a forked child inherits it. Lock-free; when full, things are stored again, and counted.
 */
#ifndef PAGELEAK_INTERN_H
#define PAGELEAK_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Salts: one a kind of thing. */
enum intern_kind {
	INTERN_STRING = 1,
	INTERN_MODULE,
	INTERN_STACK,
	INTERN_CODE,
	INTERN_SCRIPT_STACK,
	INTERN_TYPE,
	INTERN_DIRECTORY
};

/* What is remembered of a thing: its reference, and 32 bits of the caller's. */
struct interned {
	uint32_t reference; /* 0: not known */
	uint32_t extra;
};

/* The table is reserved when something is first added: a process that makes no page needs none. */
struct interned intern_find(uint64_t key);
void intern_add(uint64_t key, struct interned value);

uint64_t hash_words(const uint64_t *words, size_t count, uint64_t seed);
uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed);
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xbf58476d1ce4e5b9u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Reference to a STRING record of these bytes; 0 when it could not be stored. At most 60,000 bytes are kept. */
uint32_t intern_string(const char *bytes, size_t size);
/* The same for what will hardly come again: stored, not remembered. */
uint32_t intern_once(const char *bytes, size_t size);

#endif
