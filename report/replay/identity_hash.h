/*
 * identity_hash.h - the hash function of uthash tables whose key is a struct identity: all tables of a file that
 * includes this after <uthash.h>. Inodes and birth times are scattered as they are: uthash's own function takes three
 * times as long.
 */
#ifndef PAGELEAK_IDENTITY_HASH_H
#define PAGELEAK_IDENTITY_HASH_H

#include "base/hash.h"
#include "format.h"
#include <stdint.h>
#include <uthash.h>

static inline unsigned identity_hash(const struct identity *identity)
{
	return (unsigned)(hash_mix(0, identity->inode, identity->birth_ns) >> 32);
}

#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash) ((void)(size), (hash) = identity_hash(key))

#endif
