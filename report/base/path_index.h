/*
 * path_index.h - pages by the name that they have or had last, and which of them a path lies below.
 */
#ifndef PAGELEAK_NAMES_H
#define PAGELEAK_NAMES_H

#include "base/arena.h"
#include "base/text.h"
#include <uthash.h>

struct name {
	struct text path;
	struct page *page; /* the user's to set; NULL at first */
	UT_hash_handle hh;
};

/* Begins as {arena}. Names borrow their paths. */
struct names {
	struct arena *arena;
	struct name *all;
};

/* NULL: it is not there. */
struct name *names_at(const struct names *names, struct text path);
/* The name of that path, a new one if it is not there. */
struct name *names_add(struct names *names, struct text path);
/* The highest of those that are directories above `path`, which is absolute; NULL none is. In proportion to the length of the path. */
struct name *names_above(const struct names *names, struct text path);
/* The names themselves are the arena's. */
void names_free(struct names *names);

#endif
