/*
 * path_index.c - a table of paths. Asks nothing of pages.
 */
#include "base/path_index.h"

static struct name *find(const struct names *names, const char *path, size_t size)
{
	struct name *found;
	HASH_FIND(hh, names->all, path, size, found);
	return found;
}

struct name *names_at(const struct names *names, struct text path)
{
	return find(names, path.at, path.size);
}

struct name *names_add(struct names *names, struct text path)
{
	struct name *name = find(names, path.at, path.size);
	if (name)
		return name;
	name = arena_take(names->arena, sizeof *name);
	name->path = path;
	HASH_ADD_KEYPTR(hh, names->all, name->path.at, name->path.size, name);
	return name;
}

struct name *names_above(const struct names *names, struct text path)
{
	struct name *above = NULL;
	for (size_t size = 1; names->all && size < path.size && !above; size++)
		if (path.at[size] == '/')
			above = find(names, path.at, size);
	return above;
}

void names_free(struct names *names)
{
	HASH_CLEAR(hh, names->all);
}
