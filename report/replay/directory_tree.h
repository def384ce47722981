/*
 * directory_tree.h - the names of a journal as places in a tree of directories.
 *
 * A directory that is renamed takes everything below along: it is one node that gets another parent, whatever hangs
 * below.
 */
#ifndef PAGELEAK_DIRECTORY_TREE_H
#define PAGELEAK_DIRECTORY_TREE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/disk_model.h"

struct directory; /* stable; never freed before the arena */

struct place_name {
	struct directory *directory;
	struct text name; /* last component; borrowed or in the arena */
};

struct directory_tree;
struct directory_tree *directory_tree_open(struct arena *arena, struct disk *disk, struct text cwd);
void directory_tree_close(struct directory_tree *paths);

/* Of the same disk, in which as many directories have moved; it knows none yet. */
struct directory_tree *directory_tree_heir(const struct directory_tree *paths, struct arena *arena, struct text cwd);
/*
 * Of an absolute path that directory_tree_text gave, of these paths or of those that they are the heir of. The name is
 * borrowed.
 */
struct place_name directory_tree_at(struct directory_tree *paths, struct text path);

/*
 * The place of `paths`, an heir of `before`, that has the path of `place`; none for none. The name is copied to
 * `arena`.
 */
struct place_name directory_tree_rehouse(struct directory_tree *before, struct directory_tree *paths,
					 struct arena *arena, struct place_name place);

/*
 * `path` relative to `base`; symlinks of its directory resolved as far as it exists, the last component never followed.
 */
struct place_name directory_tree_place(struct directory_tree *paths, struct text base, struct text path);
/* The absolute path of a place as the tree stands now. */
struct text directory_tree_text(struct directory_tree *paths, struct place_name place);
bool directory_tree_same(struct place_name a, struct place_name b);
/* The directory at `from` is at `to` from now on; with `exchange` the one at `to` is at `from`. */
void directory_tree_move(struct directory_tree *paths, struct place_name from, struct place_name to, bool exchange);
/* How often directories have moved: while it stays the same, so do all paths. */
unsigned directory_tree_moves(const struct directory_tree *paths);
/* A directory's absolute path, cleaned and with symlinks resolved as far as it exists. */
struct text directory_tree_resolve(struct directory_tree *paths, struct text base, struct text directory);

#endif
