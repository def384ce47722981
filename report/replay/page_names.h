/*
 * page_names.h - the names of a page. Most pages have one. Each name of a page with many (a store that links equal
 * files to one inode, a lock that is a link) costs no more.
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

/* The names of one page; begins as zero. `first` is for the first name alone: unused when that went. */
struct page_names {
	struct name_entry first;
	uint32_t count; /* names */
	bool indexed;   /* the index has them, too */
};

/* The names of pages with many, and memory for those of all; begins as {arena}. */
struct names_index {
	struct arena *arena; /* memory of entries */
	struct indexed_name *all;
	struct name_entry *spare; /* dropped ones, to be used again */
};

/* The page's name at that place; NULL none. */
struct name_entry *page_names_at(const struct names_index *index, struct page_names *names, struct place_name place);
/* Adds a name if the page has none at that place. Borrows the text. */
void page_names_add(struct names_index *index, struct page_names *names, struct place_name place);
/* Removes a name. Pointers to entries of this page become invalid: another name may move into the entry. */
void page_names_drop(struct names_index *index, struct page_names *names, struct name_entry *entry);
/* Changes the place of a name; if the page has one there already, drops this one. */
void page_names_move(struct names_index *index, struct page_names *names, struct name_entry *entry,
		     struct place_name to);
/* Removes all names. */
void page_names_clear(struct names_index *index, struct page_names *names);
/* Moves the names of a page from another index to this one, and their places from `before` to `paths`, its heir. */
void page_names_rehouse(struct names_index *index, struct page_names *names, struct directory_tree *before,
			struct directory_tree *paths);
/* Frees the table; entries are the arena's. */
void page_names_close(struct names_index *index);

#endif
