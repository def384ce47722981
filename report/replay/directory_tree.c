/*
 * directory_tree.c - finds the places of names. Asks the disk once for each spelling of a directory; must not look at
 * last components.
 */
#include "replay/directory_tree.h"
#include "base/hash.h"
#include <limits.h>
#include <string.h>
#include <uthash.h>

struct directory {
	struct directory_key {
		struct directory *parent;
		uint64_t hash;
	} key;
	struct text name;
	struct directory *same; /* another name with this hash */
	UT_hash_handle hh;
};

/* A directory as the journal spells it. */
struct spelled {
	struct text key; /* base, NUL, directory part of the path */
	struct text resolved;
	struct directory *directory;
	unsigned moves; /* `directory` is right for this count */
	UT_hash_handle hh;
};

struct directory_tree {
	struct arena *arena;
	struct disk *disk;
	struct text cwd;
	struct directory root;
	struct directory *directories;
	struct spelled *spelled;
	unsigned moves;
	struct spelled *last;
};

struct directory_tree *directory_tree_open(struct arena *arena, struct disk *disk, struct text cwd)
{
	struct directory_tree *paths = arena_take(arena, sizeof *paths);
	paths->arena = arena;
	paths->disk = disk;
	paths->cwd = cwd;
	return paths;
}

struct directory_tree *directory_tree_heir(const struct directory_tree *paths, struct arena *arena, struct text cwd)
{
	struct directory_tree *heir = directory_tree_open(arena, paths->disk, cwd);
	heir->moves = paths->moves;
	return heir;
}

void directory_tree_close(struct directory_tree *paths)
{
	HASH_CLEAR(hh, paths->directories);
	HASH_CLEAR(hh, paths->spelled);
}

unsigned directory_tree_moves(const struct directory_tree *paths)
{
	return paths->moves;
}

/* ---- the tree ---- */

static struct directory *child_find(struct directory_tree *paths, struct directory *parent, struct text name)
{
	struct directory_key key = {parent, hash_text(HASH_START, name)};
	struct directory *found;
	HASH_FIND(hh, paths->directories, &key, sizeof key, found);
	while (found && !text_equal(found->name, name))
		found = found->same;
	return found;
}

static void child_add(struct directory_tree *paths, struct directory *child, struct directory *parent, struct text name)
{
	child->key = (struct directory_key){parent, hash_text(HASH_START, name)};
	child->name = name;
	child->same = NULL;
	struct directory *first;
	HASH_FIND(hh, paths->directories, &child->key, sizeof child->key, first);
	if (first) {
		child->same = first->same;
		first->same = child;
	} else {
		HASH_ADD(hh, paths->directories, key, sizeof child->key, child);
	}
}

static void child_remove(struct directory_tree *paths, struct directory *child)
{
	struct directory *first;
	HASH_FIND(hh, paths->directories, &child->key, sizeof child->key, first);
	if (first != child) {
		while (first && first->same != child)
			first = first->same;
		if (first)
			first->same = child->same;
		return;
	}
	HASH_DEL(paths->directories, child);
	if (child->same)
		HASH_ADD(hh, paths->directories, key, sizeof child->key, child->same);
	child->same = NULL;
}

/* The directory of a path; makes those that are missing. `copies`: these do not borrow their names. */
static struct directory *tree_at(struct directory_tree *paths, struct text path, bool copies)
{
	struct directory *at = &paths->root;
	for (size_t i = 0; i < path.size;) {
		size_t start = i;
		while (i < path.size && path.at[i] != '/')
			i++;
		struct text name = {path.at + start, i - start};
		i++;
		if (!name.size)
			continue;
		struct directory *child = child_find(paths, at, name);
		if (!child) {
			child = arena_take(paths->arena, sizeof *child);
			if (copies)
				name.at = arena_copy(paths->arena, name.at, name.size);
			child_add(paths, child, at, name);
		}
		at = child;
	}
	return at;
}

struct place_name directory_tree_at(struct directory_tree *paths, struct text path)
{
	struct text name = text_basename(path);
	return (struct place_name){tree_at(paths, (struct text){path.at, path.size - name.size}, true), name};
}

static bool is_below(const struct directory *at, const struct directory *above)
{
	for (; at; at = at->key.parent)
		if (at == above)
			return true;
	return false;
}

void directory_tree_move(struct directory_tree *paths, struct place_name from, struct place_name to, bool exchange)
{
	struct directory *moving = child_find(paths, from.directory, from.name);
	struct directory *there = child_find(paths, to.directory, to.name);
	if (moving == there)
		return;
	/* A kernel refuses to move a directory into itself; a damaged journal may say so. */
	if ((moving && is_below(to.directory, moving)) || (exchange && there && is_below(from.directory, there)))
		return;
	paths->moves++;
	if (moving)
		child_remove(paths, moving);
	if (there)
		child_remove(paths, there); /* what is still below it keeps the way up */
	if (moving)
		child_add(paths, moving, to.directory, to.name);
	if (there && exchange)
		child_add(paths, there, from.directory, from.name);
}

/* ---- names ---- */

/* Joins two paths, and takes "//", "." and ".." out by spelling alone. */
static struct text clean(struct arena *arena, struct text base, struct text path)
{
	char *out = arena_take(arena, base.size + path.size + 3);
	size_t size = 0;
	struct text parts[] = {path.size && path.at[0] == '/' ? text_none() : base, path};
	for (int part = 0; part < 2; part++)
		for (size_t i = 0; i < parts[part].size;) {
			size_t start = i;
			while (i < parts[part].size && parts[part].at[i] != '/')
				i++;
			size_t length = i - start;
			const char *name = parts[part].at + start;
			i++;
			if (!length || (length == 1 && name[0] == '.'))
				continue;
			if (length == 2 && !memcmp(name, "..", 2)) {
				while (size && out[size - 1] != '/')
					size--;
				size -= size > 0;
				continue;
			}
			out[size++] = '/';
			memcpy(out + size, name, length);
			size += length;
		}
	return size ? (struct text){out, size} : text_of("/");
}

/* Resolves symlinks in the longest part of `path` that exists. */
static struct text resolve_existing(struct directory_tree *paths, struct text path)
{
	char resolved[PATH_MAX];
	char *try = arena_copy(paths->arena, path.at, path.size);
	for (size_t size = path.size; size > 1;) {
		try[size] = 0;
		if (size < PATH_MAX && paths->disk->resolve(paths->disk, try, resolved)) {
			struct text rest = {path.at + size, path.size - size};
			return clean(paths->arena, text_of(resolved),
				     (struct text){rest.at + (rest.size > 0), rest.size - (rest.size > 0)});
		}
		do
			size--;
		while (size && path.at[size] != '/');
	}
	return path;
}

struct text directory_tree_resolve(struct directory_tree *paths, struct text base, struct text directory)
{
	char resolved[PATH_MAX];
	if (!base.size || base.at[0] != '/')
		base = clean(paths->arena, paths->cwd, base);
	/* "link/.." is not what its spelling says: ask before cleaning */
	bool absolute = directory.size && directory.at[0] == '/';
	char *raw = absolute ? arena_copy(paths->arena, directory.at, directory.size)
			     : arena_format(paths->arena, "%.*s/%.*s", (int)base.size, base.at, (int)directory.size,
					    directory.at);
	if (strstr(raw, "..") && strlen(raw) < PATH_MAX && paths->disk->resolve(paths->disk, raw, resolved))
		return clean(paths->arena, text_none(), text_of(arena_copy(paths->arena, resolved, strlen(resolved))));
	return resolve_existing(paths, clean(paths->arena, base, directory));
}

static struct spelled *spell(struct directory_tree *paths, struct text base, struct text directory)
{
	char buffer[2 * PATH_MAX];
	struct text key = {buffer, base.size + 1 + directory.size};
	if (key.size > sizeof buffer)
		key.at = arena_take(paths->arena, key.size);
	memcpy((char *)key.at, base.at, base.size);
	((char *)key.at)[base.size] = 0;
	memcpy((char *)key.at + base.size + 1, directory.at, directory.size);
	if (paths->last && text_equal(paths->last->key, key))
		return paths->last;
	struct spelled *spelled;
	HASH_FIND(hh, paths->spelled, key.at, key.size, spelled);
	if (!spelled) {
		spelled = arena_take(paths->arena, sizeof *spelled);
		spelled->key = (struct text){arena_copy(paths->arena, key.at, key.size), key.size};
		spelled->resolved = directory_tree_resolve(paths, base, directory);
		HASH_ADD_KEYPTR(hh, paths->spelled, spelled->key.at, key.size, spelled);
	}
	return paths->last = spelled;
}

struct place_name directory_tree_place(struct directory_tree *paths, struct text base, struct text path)
{
	while (path.size > 1 && path.at[path.size - 1] == '/')
		path.size--;
	struct text name = text_basename(path), directory = {path.at, path.size - name.size};
	if (text_is(name, "..") || text_is(name, ".") ||
	    !name.size) { /* no entry has such a name: its directory is meant */
		struct text whole = directory_tree_resolve(paths, base, path);
		name = text_basename(whole);
		directory = (struct text){whole.at, whole.size - name.size};
	}
	if (directory.size && directory.at[0] == '/')
		base = text_none();
	struct spelled *spelled = spell(paths, base, directory);
	if (!spelled->directory || spelled->moves != paths->moves) {
		spelled->directory = tree_at(paths, spelled->resolved, false);
		spelled->moves = paths->moves;
	}
	return (struct place_name){spelled->directory, name};
}

bool directory_tree_same(struct place_name a, struct place_name b)
{
	return a.directory == b.directory && text_equal(a.name, b.name);
}

struct text directory_tree_text(struct directory_tree *paths, struct place_name place)
{
	size_t size = 1 + place.name.size;
	for (const struct directory *at = place.directory; at && at->key.parent; at = at->key.parent)
		size += 1 + at->name.size;
	char *out = arena_take(paths->arena, size + 1), *to = out + size;
	to -= place.name.size;
	memcpy(to, place.name.at, place.name.size);
	*--to = '/';
	for (const struct directory *at = place.directory; at && at->key.parent; at = at->key.parent) {
		to -= at->name.size;
		memcpy(to, at->name.at, at->name.size);
		*--to = '/';
	}
	return (struct text){out, size};
}

struct place_name directory_tree_rehouse(struct directory_tree *before, struct directory_tree *paths,
					 struct arena *arena, struct place_name place)
{
	if (!place.directory)
		return (struct place_name){NULL, text_none()};
	struct place_name there = directory_tree_at(paths, directory_tree_text(before, place));
	there.name = (struct text){arena_copy(arena, place.name.at, place.name.size), place.name.size};
	return there;
}
