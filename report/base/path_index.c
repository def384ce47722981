/*
 * path_index.c - a hash table of paths. Knows nothing of pages.
 */
#include "base/path_index.h"

static struct indexed_path *find(const struct path_index *names, const char *path, size_t size)
{
	struct indexed_path *found;
	HASH_FIND(hh, names->all, path, size, found);
	return found;
}

struct indexed_path *path_index_at(const struct path_index *names, struct text path)
{
	return find(names, path.at, path.size);
}

struct indexed_path *path_index_add(struct path_index *names, struct text path)
{
	struct indexed_path *name = find(names, path.at, path.size);
	if (name)
		return name;
	name = arena_take(names->arena, sizeof *name);
	name->path = path;
	HASH_ADD_KEYPTR(hh, names->all, name->path.at, name->path.size, name);
	return name;
}

struct indexed_path *path_index_above(const struct path_index *names, struct text path)
{
	struct indexed_path *above = NULL;
	for (size_t size = 1; names->all && size < path.size && !above; size++)
		if (path.at[size] == '/')
			above = find(names, path.at, size);
	return above;
}

void path_index_free(struct path_index *names)
{
	HASH_CLEAR(hh, names->all);
}
