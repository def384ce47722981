/*
 * leaked_directories.c - finds pages below directories by their paths alone. Must not read the disk.
 */
#include "findings/leaked_directories.h"
#include "base/path_index.h"
#include "base/text.h"
#include "frames/languages.h"
#include "frames/own_frame.h"
#include "model/event_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"

static bool is_left(const struct page *page)
{
	return page->verdict == VERDICT_LEAKED && page->made && page->path.size;
}

static bool is_late(const struct page *page)
{
	return page->verdict == VERDICT_LATE && page->made && page->release && page->path.size;
}

static struct path_index index_directories(struct arena *arena, const struct pages *pages,
					   bool (*is_one)(const struct page *page), uint64_t from_ns, uint64_t to_ns)
{
	struct path_index all = {arena, NULL};
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		if (!is_one(page) || page->kind != PAGE_DIRECTORY || page->made->time_ns < from_ns ||
		    page->made->time_ns > to_ns)
			continue;
		struct indexed_path *name = path_index_add(&all, page->path);
		if (!name->page)
			name->page = page;
	}
	return all;
}

/* The highest of the directories above `path`; NULL none. */
static struct page *highest_above(const struct path_index *directories, struct text path)
{
	const struct indexed_path *above = path_index_above(directories, path);
	return above ? above->page : NULL;
}

/* The user's function that made the page; NULL unknown. */
static const struct script_frame *maker_of(const struct event *made)
{
	uint32_t own = own_frame_innermost(made->script);
	return made->script && own < made->script->count ? &made->script->frames[own] : NULL;
}

static bool is_on_stack(const struct script_frame *function, const struct event *made)
{
	for (uint32_t i = 0; i < made->script->count; i++)
		if (text_equal(made->script->frames[i].code->function, function->code->function) &&
		    text_equal(made->script->frames[i].code->file, function->code->file))
			return true;
	return false;
}

static bool of_one_object(const struct event *a, const struct event *b)
{
	const struct object *x = language_owner(a), *y = language_owner(b);
	return x && y && x->address == y->address && a->process == b->process;
}

/*
 * Is the page a finding of its own? If a service makes a directory once, and then one of its functions leaves a file
 * there with each request, that function is the leak. Pages belong to the directory if its maker is on their stack, or
 * if the same object, a library or another program (a copy, an archive, a clone) made them.
 */
static bool stands_alone(const struct page *page, const struct page *top)
{
	const struct script_frame *maker = maker_of(page->made) ? maker_of(top->made) : NULL;
	return maker && !is_on_stack(maker, page->made) && !of_one_object(page->made, top->made);
}

static struct below *below_of(struct arena *arena, struct page *page)
{
	if (!page->below)
		page->below = arena_take(arena, sizeof *page->below);
	return page->below;
}

static void find_tops(struct arena *arena, const struct path_index *directories, struct pages *pages)
{
	struct text last = text_none(); /* pages of one directory mostly follow one another */
	struct page *top = NULL;
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		struct text directory = {page->path.at, page->path.size - text_basename(page->path).size};
		if (!text_equal(directory, last)) {
			last = directory;
			top = highest_above(directories, page->path);
		}
		if (top && is_left(page) && !stands_alone(page, top)) {
			page->top = top;
			below_of(arena, top)->left++;
		} else if (top && page->release) {
			below_of(arena, top)->removed++;
		}
	}
}

/*
 * Did the directory exist as long as the page, and did one process release both in one phase? Names are reused, so
 * paths do not tell.
 */
static bool went_with(const struct page *page, const struct page *top)
{
	return page->phase == top->phase && page->release->process == top->release->process &&
	       page->made->time_ns >= top->made->time_ns && page->release->time_ns <= top->release->time_ns;
}

static void find_late_tops(struct arena *arena, const struct path_index *directories, struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		struct page *top = is_late(page) ? highest_above(directories, page->path) : NULL;
		if (!top || !went_with(page, top) || stands_alone(page, top))
			continue;
		page->top = top;
		below_of(arena, top)->left++;
	}
}

/* Sets removed_before_ns of leaked pages whose name an earlier page had, which was removed. */
static void find_again(struct arena *arena, struct pages *pages)
{
	struct path_index removed = {arena, NULL}; /* of each name the page that was removed last */
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		struct indexed_path *name =
			page->release && page->path.size ? path_index_add(&removed, page->path) : NULL;
		if (name && (!name->page || name->page->release->time_ns < page->release->time_ns))
			name->page = page;
	}
	for (size_t i = 0; removed.all && i < pages->count; i++) {
		struct page *page = pages->at[i];
		const struct indexed_path *before = is_left(page) ? path_index_at(&removed, page->path) : NULL;
		if (before && before->page != page && page->made->time_ns > before->page->release->time_ns)
			below_of(arena, page)->removed_before_ns = before->page->release->time_ns;
	}
	path_index_free(&removed);
}

void leaked_directories_recount(struct finding *finding)
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
	if (finding->filler && finding->filler->entries > finding->below.left)
		finding->filler = NULL; /* it was computed for more pages than are left */
}

void leaked_directories_find(struct arena *arena, struct pages *pages, uint64_t from_ns, uint64_t to_ns)
{
	struct path_index left = index_directories(arena, pages, is_left, from_ns, to_ns),
			  late = index_directories(arena, pages, is_late, from_ns, to_ns);
	if (left.all)
		find_tops(arena, &left, pages);
	if (late.all)
		find_late_tops(arena, &late, pages);
	path_index_free(&left);
	path_index_free(&late);
	bool any = false;
	for (size_t i = 0; i < pages->count && !any; i++)
		any = is_left(pages->at[i]);
	if (any)
		find_again(arena, pages);
}
