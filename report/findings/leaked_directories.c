/*
 * leaked_directories.c - what lies below directories that leaked or went late. Asks only what pages are called.
 */
#include "findings/leaked_directories.h"
#include "base/path_index.h"
#include "base/text.h"
#include "frames/python_frames.h"
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

/* The highest of the directories above; NULL none. */
static struct page *highest_above(const struct path_index *directories, struct text path)
{
	const struct indexed_path *above = path_index_above(directories, path);
	return above ? above->page : NULL;
}

/* The innermost frame of the user's own; NULL none. */
static const struct script_frame *own_frame(const struct event *made)
{
	for (uint32_t i = 0; made->script && i < made->script->count; i++)
		if (!python_is_library(&made->script->frames[i]))
			return &made->script->frames[i];
	return NULL;
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
	const struct object *x = python_owner(a), *y = python_owner(b);
	return x && y && x->address == y->address && a->process == b->process;
}

/*
 * A service makes its directory once, and then one of its functions leaves a file there with each request: that function is the leak.
 * What is made while the directory's maker runs, for the same object, by a library or by another program (a copy, an archive, a
 * clone) is of one piece with it.
 */
static bool stands_alone(const struct page *page, const struct page *top)
{
	const struct script_frame *maker = own_frame(page->made) ? own_frame(top->made) : NULL;
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
	struct text last = text_none(); /* pages come directory by directory */
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

/* The directory was there all the time that the page was, and they went in one way: a name may be used again. */
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

/* Names that were removed and then made again, and are there now. */
static void find_again(struct arena *arena, struct pages *pages)
{
	struct path_index removed = {arena, NULL}; /* the last that went */
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
	if (finding->filler && finding->filler->entries > finding->below.left)
		finding->filler = NULL; /* it was counted with more pages than these */
}

void fold_pages(struct arena *arena, struct pages *pages, uint64_t from_ns, uint64_t to_ns)
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
