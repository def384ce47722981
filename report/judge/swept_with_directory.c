/*
 * swept_with_directory.c - goes through releases from the last to the first: a directory's own comes after those of the
 * entries below it. Must not look at the disk, or ask what makes an entry a page.
 */
#include "judge/swept_with_directory.h"
#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* The directory that a thread removes at the moment; NULL: none that was released in time. */
struct sweep {
	struct {
		const struct process *process;
		uint64_t tid;
	} thread;
	const struct page *directory;
	UT_hash_handle hh;
};

static struct sweep *sweep_of(struct arena *arena, struct sweep **all, const struct event *event)
{
	struct sweep *found, key = {.thread = {event->process, event->tid}};
	HASH_FIND(hh, *all, &key.thread, sizeof key.thread, found);
	if (found)
		return found;
	found = arena_take(arena, sizeof *found);
	found->thread = key.thread;
	HASH_ADD(hh, *all, thread, sizeof found->thread, found);
	return found;
}

static bool is_late(const struct page *page)
{
	return page->verdict == VERDICT_LATE && page->phase == PHASE_AFTER_SCOPE;
}

static void follow(struct sweep *sweep, struct page *page)
{
	if (!sweep->directory || !text_below(page->path, sweep->directory->path).size) {
		sweep->directory = page->kind == PAGE_DIRECTORY && page->verdict == VERDICT_RELEASED ? page : NULL;
		return;
	}
	if (!is_late(page))
		return;
	page->verdict = sweep->directory->verdict;
	page->phase = sweep->directory->phase;
}

/* For each event the page that it released, or NULL; NULL without memory. For free(3). */
static struct page **by_release(const struct journal *journal, const struct pages *pages)
{
	struct page **all = calloc(journal->event_count, sizeof *all);
	for (size_t i = 0; all && i < pages->count; i++)
		if (pages->at[i]->release && pages->at[i]->release->kind == EVENT_RELEASED)
			all[pages->at[i]->release - journal->events] = pages->at[i];
	return all;
}

static bool any_late(const struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++)
		if (is_late(pages->at[i]))
			return true;
	return false;
}

void swept_with_directory_judge(const struct journal *journal, const struct pages *pages)
{
	struct sweep *all = NULL;
	struct page **released = any_late(pages) ? by_release(journal, pages) : NULL;
	for (size_t i = journal->event_count; released && i-- > 0;) {
		const struct event *event = &journal->events[i];
		if (released[i])
			follow(sweep_of(journal->arena, &all, event), released[i]);
		else if (event->kind != EVENT_RELEASED)
			sweep_of(journal->arena, &all, event)->directory = NULL;
	}
	HASH_CLEAR(hh, all);
	free(released);
}
