/*
 * page_names.c - keeps a list of names for each page, and a table of those of pages that have many. Must not look at
 * the disk.
 */
#include "replay/page_names.h"
#include "frames/fingerprint.h"
#include <uthash.h>
#include <stdint.h>

enum { LIST_MOST = 16 }; /* a longer list is not searched */

struct indexed_name {
	struct key {
		const struct page_names *names;
		const struct directory *directory;
		uint64_t name; /* hash */
	} key;
	struct name_entry *entry;
	UT_hash_handle hh;
};

static struct key key_of(const struct page_names *names, struct place_name place)
{
	return (struct key){names, place.directory, fingerprint_text(place.name)};
}

static struct indexed_name *indexed_at(const struct names_index *index, const struct page_names *names,
				       struct place_name place)
{
	struct key key = key_of(names, place);
	struct indexed_name *found;
	HASH_FIND(hh, index->all, &key, sizeof key, found);
	return found;
}

/* Two names of one hash, which only a journal can have that was made for it: the second one is not found. */
static void index_add(struct names_index *index, const struct page_names *names, struct name_entry *entry)
{
	if (indexed_at(index, names, entry->place))
		return;
	struct indexed_name *added = arena_take(index->arena, sizeof *added);
	*added = (struct indexed_name){.key = key_of(names, entry->place), .entry = entry};
	HASH_ADD(hh, index->all, key, sizeof added->key, added);
}

/* The index's record of that very entry; NULL none. */
static struct indexed_name *indexed_of(const struct names_index *index, const struct page_names *names,
				       const struct name_entry *entry)
{
	struct indexed_name *found = names->indexed ? indexed_at(index, names, entry->place) : NULL;
	return found && found->entry == entry ? found : NULL;
}

static void index_drop(struct names_index *index, const struct page_names *names, const struct name_entry *entry)
{
	struct indexed_name *found = indexed_of(index, names, entry);
	if (found)
		HASH_DEL(index->all, found);
}

struct name_entry *page_names_at(const struct names_index *index, struct page_names *names, struct place_name place)
{
	if (names->indexed) {
		struct indexed_name *found = indexed_at(index, names, place);
		return found && directory_tree_same(found->entry->place, place) ? found->entry : NULL;
	}
	for (struct name_entry *at = &names->first; at; at = at->next)
		if (at->place.directory && directory_tree_same(at->place, place))
			return at;
	return NULL;
}

static struct name_entry *entry_take(struct names_index *index)
{
	struct name_entry *entry = index->spare;
	if (!entry)
		return arena_take(index->arena, sizeof *entry);
	index->spare = entry->next;
	return entry;
}

static void index_all(struct names_index *index, struct page_names *names)
{
	names->indexed = true;
	for (struct name_entry *at = &names->first; at; at = at->next)
		if (at->place.directory)
			index_add(index, names, at);
}

void page_names_add(struct names_index *index, struct page_names *names, struct place_name place)
{
	struct name_entry *entry = &names->first;
	if (page_names_at(index, names, place))
		return;
	if (entry->place.name.at) { /* it was used, and may be no more */
		if (!place.directory)
			return;
		entry = entry_take(index);
		entry->next = names->first.next;
		names->first.next = entry;
	}
	entry->place = place;
	names->count += place.directory != NULL;
	if (names->indexed)
		index_add(index, names, entry);
	else if (names->count > LIST_MOST)
		index_all(index, names);
}

/* The newest name moves into the entry, so that only `first` can be unused. */
void page_names_drop(struct names_index *index, struct page_names *names, struct name_entry *entry)
{
	struct name_entry *newest = names->first.next;
	names->count--;
	index_drop(index, names, entry);
	entry->place.directory = NULL;
	if (entry == &names->first)
		return;
	if (entry != newest) {
		struct indexed_name *moved = indexed_of(index, names, newest);
		entry->place = newest->place;
		if (moved)
			moved->entry = entry;
	}
	names->first.next = newest->next;
	newest->next = index->spare;
	index->spare = newest;
}

void page_names_move(struct names_index *index, struct page_names *names, struct name_entry *entry,
		     struct place_name to)
{
	struct name_entry *there = page_names_at(index, names, to);
	if (there == entry)
		return;
	if (there) {
		page_names_drop(index, names, entry);
		return;
	}
	index_drop(index, names, entry);
	names->count -= !to.directory;
	entry->place = to;
	if (names->indexed && to.directory)
		index_add(index, names, entry);
}

void page_names_clear(struct names_index *index, struct page_names *names)
{
	for (struct name_entry *at = names->first.next, *next; at; at = next) {
		next = at->next;
		if (at->place.directory)
			index_drop(index, names, at);
		at->next = index->spare;
		index->spare = at;
	}
	if (names->first.place.directory)
		index_drop(index, names, &names->first);
	*names = (struct page_names){0};
}

void page_names_rehouse(struct names_index *index, struct page_names *names, struct directory_tree *before,
			struct directory_tree *paths)
{
	struct name_entry *end = &names->first;
	names->indexed = false;
	if (end->place.name.at)
		end->place = directory_tree_rehouse(before, paths, index->arena, end->place);
	for (struct name_entry *at = end->next; at; at = at->next) {
		struct name_entry *entry = entry_take(index);
		*entry = (struct name_entry){directory_tree_rehouse(before, paths, index->arena, at->place), NULL};
		end->next = entry;
		end = entry;
	}
	if (names->count > LIST_MOST)
		index_all(index, names);
}

void page_names_close(struct names_index *index)
{
	HASH_CLEAR(hh, index->all);
}
