/*
 * identity_hash.h - for uthash tables by struct identity; included after uthash.h. Inodes and birth times are scattered as they are:
 * uthash's own function takes three times as long.
 */
#ifndef PAGELEAK_IDENTITY_HASH_H
#define PAGELEAK_IDENTITY_HASH_H

#include "format.h"
#include <stdint.h>
#include <uthash.h>

static inline unsigned identity_hash(const struct identity *identity)
{
	uint64_t mixed =
		(identity->inode * UINT64_C(0x9e3779b97f4a7c15) ^ identity->birth_ns) * UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned)(mixed >> 32);
}

#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash) ((void)(size), (hash) = identity_hash(key))

#endif
