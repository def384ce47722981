/*
 * hash.h - hashes bytes and numbers. The results are the same on every machine and in every version: ids of findings
 * depend on them.
 */
#ifndef PAGELEAK_HASH_H
#define PAGELEAK_HASH_H

#include "base/text.h"
#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325) /* the first value of a hash: FNV-1a, 64 bits */
#define HASH_MULTIPLIER                                                                                                \
	UINT64_C(0x9e3779b97f4a7c15) /* the golden ratio's fraction, odd: spreads a number to the high bits */

/* Adds a byte as FNV-1a does, or any other number in the same way. */
static inline uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * UINT64_C(0x100000001b3);
}

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < size; i++)
		hash = hash_number(hash, at[i]);
	return hash;
}

static inline uint64_t hash_text(uint64_t hash, struct text text)
{
	return hash_bytes(hash, text.at, text.size);
}

/* Adds two numbers; each bit of them changes all bits of the result. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t a, uint64_t b)
{
	hash = (hash ^ a) * HASH_MULTIPLIER;
	hash = ((hash ^ hash >> 29) ^ b) * UINT64_C(0xbf58476d1ce4e5b9);
	return hash ^ hash >> 32;
}

#endif
