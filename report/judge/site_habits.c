/*
 * site_habits.c - finds sites that release most of what they make. Must not ask the disk.
 *
 * Outputs that are written anew must not pass for pages: install(1), git checkout, ld and `make clean all` remove a
 * name and make it again, and the last file of that name stays for good. Others have a new name each time: git's packs,
 * npm's logs.
 */
#include "judge/site_habits.h"
#include "base/template.h"
#include "format.h"
#include "frames/fingerprint.h"
#include "frames/site.h"
#include "journal/process_tree.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include <stdlib.h>
#include <uthash.h>

/* The pages that had one name, one after the other. */
struct name_lives {
	struct text path;
	const struct page *first, *last; /* by the time of their creation */
	uint64_t count, stood_ns;        /* of all: pages, and time from creation to release */
	UT_hash_handle hh;
};

static uint64_t stood_ns(const struct page *page)
{
	return page->release && page->release->time_ns > page->made->time_ns
		       ? page->release->time_ns - page->made->time_ns
		       : 0;
}

static struct name_lives *lives_of(const struct name_lives *all, struct text path)
{
	struct name_lives *found;
	HASH_FIND(hh, all, path.at, path.size, found);
	return found;
}

static void add_life(struct arena *arena, struct name_lives **all, const struct page *page)
{
	struct name_lives *lives = lives_of(*all, page->path);
	if (!lives) {
		lives = arena_take(arena, sizeof *lives);
		*lives = (struct name_lives){.path = page->path, .first = page, .last = page};
		HASH_ADD_KEYPTR(hh, *all, lives->path.at, lives->path.size, lives);
	}
	if (page->made->time_ns < lives->first->made->time_ns)
		lives->first = page;
	if (page->made->time_ns > lives->last->made->time_ns)
		lives->last = page;
	lives->stood_ns += stood_ns(page);
	lives->count++;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Keeps one of each value that occurs more than once. Returns how many are left. */
static size_t keep_repeated(uint64_t *values, size_t count)
{
	size_t kept = 0;
	qsort(values, count, sizeof *values, by_value);
	for (size_t i = 1; i < count; i++)
		if (values[i] == values[i - 1] && (!kept || values[kept - 1] != values[i]))
			values[kept++] = values[i];
	return kept;
}

/*
 * Collects the pages of each name, whatever their site: svn update writes anew what the shell wrote first. Leaves out
 * names that were made once, as most were: nothing is asked of them.
 */
static struct name_lives *lives_of_all(struct arena *arena, const struct pages *pages)
{
	struct name_lives *all = NULL;
	uint64_t *hashes = arena_take(arena, (pages->count + 1) * sizeof *hashes);
	for (size_t i = 0; i < pages->count; i++)
		hashes[i] = fingerprint_text(pages->at[i]->path);
	size_t repeated = keep_repeated(hashes, pages->count);
	for (size_t i = 0; repeated && i < pages->count; i++) {
		uint64_t hash = fingerprint_text(pages->at[i]->path);
		if (bsearch(&hash, hashes, repeated, sizeof *hashes, by_value))
			add_life(arena, &all, pages->at[i]);
	}
	return all;
}

/*
 * Was the name gone for a tenth of the time at most between its first and last creation? A lock or scratch file is gone
 * until the next use.
 */
static bool stands_mostly(const struct name_lives *lives)
{
	uint64_t all = lives->last->made->time_ns - lives->first->made->time_ns;
	return lives->stood_ns - stood_ns(lives->last) >= all - all / 10;
}

/*
 * Did the removal of this page only make room for the next one of its name? So it did if another process removed it
 * than made it, or if the name was never gone for long. The
 * first page of a name may be either: it counts as making room if the last one exists.
 */
static bool made_room(const struct name_lives *lives, const struct page *page)
{
	if (!lives || lives->count == 1)
		return false;
	return process_tree_root(page->release->process) != process_tree_root(page->made->process) ||
	       stands_mostly(lives) || (page == lives->first && lives->last->exists);
}

/* The program of a process, remembered so that a long line of forks is not followed for each page. */
struct program {
	struct process *process, *program;
	UT_hash_handle hh;
};

/* Decides which removals are evidence. */
struct evidence {
	struct arena *arena;
	struct name_lives *lives; /* NULL: names are not considered */
	struct program *programs;
};

static struct program *known_program(const struct evidence *evidence, struct process *process)
{
	struct program *found;
	HASH_FIND_PTR(evidence->programs, &process, found);
	return found;
}

static void remember_program(struct evidence *evidence, struct process *process, struct process *program)
{
	struct program *one = arena_take(evidence->arena, sizeof *one);
	*one = (struct program){.process = process, .program = program};
	HASH_ADD_PTR(evidence->programs, process, one);
}

/* The process whose program runs in this one: beyond forks without an exec. */
static struct process *program_of(struct evidence *evidence, struct process *process)
{
	struct process *at = process;
	struct program *known;
	while (!(known = known_program(evidence, at)) && at->forked && at->parent)
		at = at->parent;
	struct process *program = known ? known->program : process_tree_root(at);
	for (struct process *one = process; one != at; one = one->parent)
		remember_program(evidence, one, program);
	if (!known)
		remember_program(evidence, at, program);
	return program;
}

static bool is_part_of(struct process *process, const struct process *program)
{
	while (process && process_tree_root(process) != program)
		process = process->parent;
	return process;
}

/*
 * Was it removed by a program that neither started the maker's nor was started by it? `git gc` removes what `git tag`
 * left; that says nothing of the site in `git tag`.
 */
static bool by_other_program(struct evidence *evidence, const struct page *page)
{
	struct process *maker = page->made->process, *remover = page->release->process;
	if (maker == remover)
		return false;
	struct process *made_by = program_of(evidence, maker), *removed_by = program_of(evidence, remover);
	return made_by != removed_by && !is_part_of(remover, made_by) && !is_part_of(maker, removed_by);
}

/*
 * Does the release say that the site releases its pages? Not if another page took its name, which stands with newer
 * content (.git/index).
 */
static bool is_evidence(struct evidence *evidence, const struct page *page)
{
	return page->release->kind != EVENT_RENAMED && !by_other_program(evidence, page) &&
	       !made_room(lives_of(evidence->lives, page->path), page);
}

static enum verdict counted_as(struct evidence *evidence, const struct page *page)
{
	return page->release && !is_evidence(evidence, page) ? VERDICT_KEPT : page->verdict;
}

static bool is_mixed(const struct site *site)
{
	return site_is_mixed(site->created, site->released, site->open);
}

/* Is it judged by nothing else, and not released in time? */
static bool asks_others(const struct page *page)
{
	return page->judged == JUDGED_NOT && page->verdict != VERDICT_RELEASED;
}

/* Judges such a page by the other pages of its site and template. */
static void judge_by_others(struct page *page, const struct site *shape)
{
	if (page->verdict == VERDICT_KEPT)
		page->verdict = VERDICT_LEAKED;
	else if (!shape->in_time) /* late, foreign, vanished: it does not speak for itself */
		return;
	page->judged = JUDGED_MIXED_SITE;
}

void site_habits_judge(struct arena *arena, struct symbols *symbols, struct page_rules *judge, struct text cwd,
		       const struct pages *pages)
{
	struct site_table *sites = site_table_new(arena), *shapes = site_table_new(arena);
	struct evidence evidence = {.arena = arena};
	struct site **of =
		arena_take(arena, (pages->count + 1) *
					  sizeof *of); /* its site, then its site and template; NULL: not considered */
	for (size_t i = 0; i < pages->count; i++) {
		of[i] = site_table_count(sites, site_key(symbols, pages->at[i]->made),
					 counted_as(&evidence, pages->at[i]));
		of[i]->asking += asks_others(pages->at[i]);
	}
	bool looked_at = false;
	for (size_t i = 0; i < pages->count; i++) {
		if (!of[i]->asking || !is_mixed(of[i]) || page_rules_excludes(judge, pages->at[i]->path))
			of[i] = NULL;
		looked_at |= of[i] != NULL;
	}
	evidence.lives = looked_at ? lives_of_all(arena, pages) : NULL;
	for (size_t i = 0; i < pages->count; i++)
		if (of[i])
			of[i] = site_table_count(shapes, of[i]->key ^ template_hash(pages->at[i]->path, cwd),
						 counted_as(&evidence, pages->at[i]));
	for (size_t i = 0; i < pages->count; i++)
		if (of[i] && asks_others(pages->at[i]) && is_mixed(of[i]))
			judge_by_others(pages->at[i], of[i]);
	site_table_free(sites);
	site_table_free(shapes);
	HASH_CLEAR(hh, evidence.lives);
	HASH_CLEAR(hh, evidence.programs);
}
