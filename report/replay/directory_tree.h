/*
 * directory_tree.h - turns the names of a journal into places in a tree of directories.
 *
 * A renamed directory takes everything below it along: it is one node, which gets another parent. Not for several
 * threads at a time.
 */
#ifndef PAGELEAK_DIRECTORY_TREE_H
#define PAGELEAK_DIRECTORY_TREE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/disk_model.h"

struct directory; /* does not move in memory; is freed with the arena */

struct place_name {
	struct directory *directory; /* NULL: no place */
	struct text name;            /* last component; borrowed or in the arena */
};

struct directory_tree;
/*
 * Begins an empty tree. Borrows all; `cwd` is the directory of the audit, for relative names. `disk` resolves symlinks.
 */
struct directory_tree *directory_tree_open(struct arena *arena, struct disk *disk, struct text cwd);
/* Frees the tables; the rest is the arena's. */
void directory_tree_close(struct directory_tree *paths);

/* An empty tree of the same disk, which counts moves of directories on from those of `paths`. */
struct directory_tree *directory_tree_heir(const struct directory_tree *paths, struct arena *arena, struct text cwd);
/*
 * The place of an absolute path that directory_tree_text returned, for these paths or for those that they inherit from.
 * Borrows the name.
 */
struct place_name directory_tree_at(struct directory_tree *paths, struct text path);

/*
 * The place of `paths`, an heir of `before`, that has the path of `place`; none for none. The name is copied to
 * `arena`.
 */
struct place_name directory_tree_rehouse(struct directory_tree *before, struct directory_tree *paths,
					 struct arena *arena, struct place_name place);

/*
 * The place of `path`, which is relative to `base`. Resolves symlinks of its directory as far as that exists; never the
 * last component.
 */
struct place_name directory_tree_place(struct directory_tree *paths, struct text base, struct text path);
/* The absolute path of a place as the tree stands now. */
struct text directory_tree_text(struct directory_tree *paths, struct place_name place);
bool directory_tree_same(struct place_name a, struct place_name b);
/*
 * Moves the directory at `from` to `to`; with `exchange` also that at `to` to `from`. Keeps the names of both places.
 */
void directory_tree_move(struct directory_tree *paths, struct place_name from, struct place_name to, bool exchange);
/* Counts moves of directories: while it stays the same, so do all paths. */
unsigned directory_tree_moves(const struct directory_tree *paths);
/* The absolute path of a directory without "." and "..", symlinks resolved as far as it exists. */
struct text directory_tree_resolve(struct directory_tree *paths, struct text base, struct text directory);

#endif
