/*
 * page_names.h - the names that a page has: one, mostly. One with many (a store that links equal files to one inode, a
 * lock that is a link) costs no more for each.
 */
#ifndef PAGELEAK_PAGE_NAMES_H
#define PAGELEAK_PAGE_NAMES_H

#include "base/arena.h"
#include "replay/directory_tree.h"
#include <stdbool.h>
#include <stdint.h>

struct name_entry {
	struct place_name place; /* directory NULL: unused */
	struct name_entry *next;
};

/* Of one page; begins as zero. The first name that it got stands in `first`, and no other ever does. */
struct page_names {
	struct name_entry first;
	uint32_t count; /* used ones */
	bool indexed;
};

/* Of all pages; begins as {arena}. */
struct names_index {
	struct arena *arena;
	struct indexed_name *all;
	struct name_entry *spare;
};

/* NULL: it has none of that place. */
struct name_entry *page_names_at(const struct names_index *index, struct page_names *names, struct place_name place);
/* Nothing happens when it is there. */
void page_names_add(struct names_index *index, struct page_names *names, struct place_name place);
/* Entries that were given before are no more: another one may stand in its place. */
void page_names_drop(struct names_index *index, struct page_names *names, struct name_entry *entry);
/* Where the page has that name already, one of the two is dropped. */
void page_names_move(struct names_index *index, struct page_names *names, struct name_entry *entry,
		     struct place_name to);
/* The page has none any more. */
void page_names_clear(struct names_index *index, struct page_names *names);
/*
 * Gives the page entries of this index for those that it had of another one; their places are of `before`, and become
 * those of `paths`.
 */
void page_names_rehouse(struct names_index *index, struct page_names *names, struct directory_tree *before,
			struct directory_tree *paths);
/* The entries are the arena's. */
void page_names_close(struct names_index *index);

#endif
