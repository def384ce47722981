/*
 * fold.c - what lies below leaked directories. Asks only what pages are called.
 */
#include "fold.h"
#include <string.h>
#include <uthash.h>

struct left {
	struct text path;
	struct page *page;
	UT_hash_handle hh;
};

static struct left *find(struct left *all, const char *path, size_t size)
{
	struct left *found;
	HASH_FIND(hh, all, path, size, found);
	return found;
}

/* Leaked names; only directories hold others. */
static struct left *index_leaked(struct arena *arena, struct pages *pages)
{
	struct left *all = NULL;
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		if (page->verdict != VERDICT_LEAKED || !page->made || !page->path.size || find(all, page->path.at, page->path.size))
			continue;
		struct left *one = arena_take(arena, sizeof *one);
		*one = (struct left){.path = page->path, .page = page};
		HASH_ADD_KEYPTR(hh, all, one->path.at, one->path.size, one);
	}
	return all;
}

/* The highest leaked directory above; NULL none. */
static struct page *top_of(struct left *leaked, const struct page *page)
{
	for (size_t size = 1; size < page->path.size; size++) {
		if (page->path.at[size] != '/')
			continue;
		struct left *above = find(leaked, page->path.at, size);
		if (above && above->page->kind == PAGE_DIRECTORY)
			return above->page;
	}
	return NULL;
}

static struct below *below_of(struct arena *arena, struct page *page)
{
	if (!page->below)
		page->below = arena_take(arena, sizeof *page->below);
	return page->below;
}

static void count(struct arena *arena, struct left *leaked, struct page *page)
{
	struct page *top = top_of(leaked, page);
	if (top && page->verdict == VERDICT_LEAKED && page->made) {
		page->top = top;
		below_of(arena, top)->left++;
	} else if (top && page->release) {
		below_of(arena, top)->removed++;
	}
	if (!page->release)
		return;
	struct left *again = find(leaked, page->path.at, page->path.size);
	if (again && again->page != page && again->page->made->time_ns > page->release->time_ns)
		below_of(arena, again->page)->removed_before_ns = page->release->time_ns;
}

void fold_recount(struct finding *finding)
{
	finding->tops = 0;
	finding->below = (struct below){0};
	for (size_t i = 0; i < finding->entries && !finding->pages[i]->top; i++) {
		const struct below *below = finding->pages[i]->below;
		finding->tops++;
		if (!below)
			continue;
		finding->below.left += below->left;
		finding->below.removed += below->removed;
		if (below->removed_before_ns > finding->below.removed_before_ns)
			finding->below.removed_before_ns = below->removed_before_ns;
	}
}

void fold_pages(struct arena *arena, struct pages *pages)
{
	struct left *leaked = index_leaked(arena, pages);
	for (size_t i = 0; leaked && i < pages->count; i++)
		count(arena, leaked, pages->at[i]);
	HASH_CLEAR(hh, leaked);
}
