/*
 * path_index.h - pages by the name that they have or had last, and which of them a path lies below.
 */
#ifndef PAGELEAK_PATH_INDEX_H
#define PAGELEAK_PATH_INDEX_H

#include "base/arena.h"
#include "base/text.h"
#include <uthash.h>

struct indexed_path {
	struct text path;
	struct page *page; /* the user's to set; NULL at first */
	UT_hash_handle hh;
};

/* Begins as {arena}. Names borrow their paths. */
struct path_index {
	struct arena *arena;
	struct indexed_path *all;
};

/* NULL: it is not there. */
struct indexed_path *path_index_at(const struct path_index *names, struct text path);
/* The name of that path, a new one if it is not there. */
struct indexed_path *path_index_add(struct path_index *names, struct text path);
/* The highest of those that are directories above `path`, which is absolute; NULL none is. In proportion to the length of the path. */
struct indexed_path *path_index_above(const struct path_index *names, struct text path);
/* The names themselves are the arena's. */
void path_index_free(struct path_index *names);

#endif
