/*
 * path_index.h - finds paths by name, and the indexed directory that a path lies below.
 */
#ifndef PAGELEAK_PATH_INDEX_H
#define PAGELEAK_PATH_INDEX_H

#include "base/arena.h"
#include "base/text.h"
#include <uthash.h>

struct indexed_path {
	struct text path;
	struct page *page; /* for the caller; NULL at first */
	UT_hash_handle hh;
};

/* Initialize it as {arena}. It borrows the paths. */
struct path_index {
	struct arena *arena;
	struct indexed_path *all;
};

/* The entry of `path`; NULL when it is not indexed. */
struct indexed_path *path_index_at(const struct path_index *names, struct text path);
/* The entry of `path`, which is added when it is not indexed. */
struct indexed_path *path_index_add(struct path_index *names, struct text path);
/*
 * The highest indexed directory above `path`, which is absolute; NULL when there is none. Takes time in proportion to
 * the length of the path.
 */
struct indexed_path *path_index_above(const struct path_index *names, struct text path);
/* Frees the table; the entries belong to the arena. */
void path_index_free(struct path_index *names);

#endif
