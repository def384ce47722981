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

static void add(struct arena *arena, struct left **all, struct page *page)
{
	struct left *one = arena_take(arena, sizeof *one);
	*one = (struct left){.path = page->path, .page = page};
	HASH_ADD_KEYPTR(hh, *all, one->path.at, one->path.size, one);
}

static bool is_left(const struct page *page)
{
	return page->verdict == VERDICT_LEAKED && page->made && page->path.size;
}

static struct left *index_directories(struct arena *arena, const struct pages *pages)
{
	struct left *all = NULL;
	for (size_t i = 0; i < pages->count; i++)
		if (is_left(pages->at[i]) && pages->at[i]->kind == PAGE_DIRECTORY && !find(all, pages->at[i]->path.at, pages->at[i]->path.size))
			add(arena, &all, pages->at[i]);
	return all;
}

/* The highest leaked directory above; NULL none. */
static struct page *highest_above(struct left *directories, struct text path)
{
	for (size_t size = 1; size < path.size; size++) {
		struct left *above = path.at[size] == '/' ? find(directories, path.at, size) : NULL;
		if (above)
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

static void find_tops(struct arena *arena, struct left *directories, struct pages *pages)
{
	struct text last = text_none(); /* pages come directory by directory */
	struct page *top = NULL;
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		struct text directory = {page->path.at, page->path.size - text_basename(page->path).size};
		if (!text_equal(directory, last)) {
			last = directory;
			top = highest_above(directories, page->path);
		}
		if (top && is_left(page)) {
			page->top = top;
			below_of(arena, top)->left++;
		} else if (top && page->release) {
			below_of(arena, top)->removed++;
		}
	}
}

/* Names that were removed and then made again, and are there now. */
static void find_again(struct arena *arena, struct pages *pages)
{
	struct left *removed = NULL; /* by name the last that went */
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		struct left *known = page->release && page->path.size ? find(removed, page->path.at, page->path.size) : NULL;
		if (known && known->page->release->time_ns < page->release->time_ns)
			known->page = page;
		else if (!known && page->release && page->path.size)
			add(arena, &removed, page);
	}
	for (size_t i = 0; removed && i < pages->count; i++) {
		struct page *page = pages->at[i];
		struct left *before = is_left(page) ? find(removed, page->path.at, page->path.size) : NULL;
		if (before && before->page != page && page->made->time_ns > before->page->release->time_ns)
			below_of(arena, page)->removed_before_ns = before->page->release->time_ns;
	}
	HASH_CLEAR(hh, removed);
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
	bool any = false;
	for (size_t i = 0; i < pages->count && !any; i++)
		any = is_left(pages->at[i]);
	if (!any)
		return;
	struct left *directories = index_directories(arena, pages);
	if (directories)
		find_tops(arena, directories, pages);
	HASH_CLEAR(hh, directories);
	find_again(arena, pages);
}
