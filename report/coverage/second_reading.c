/*
 * second_reading.c - compares two readings of the same journal. Must not change the result of the first reading in any
 * other way.
 */
#include "coverage/second_reading.h"
#include "base/arena.h"
#include "base/path_index.h"
#include "base/sorted_list.h"
#include "format.h"
#include "journal/read.h"
#include "model/event_model.h"
#include "model/verdicts.h"
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

/* A removal is recorded within microseconds; a program takes milliseconds from exec to its first record. */
static const struct timespec a_moment = {0, 20000000};

bool second_reading_is_wanted(const struct journal *journal, const struct pages *pages)
{
	/* Some notes make the audit incomplete, and then the disk is searched for unattributed files. */
	bool wanted = journal->note_count || journal->dangling_count || journal->underway_count;
	for (size_t i = 0; !wanted && i < journal->process_count; i++)
		wanted = !journal->processes[i]->audited;
	for (size_t i = 0; !wanted && i < pages->count; i++)
		wanted = pages->at[i]->verdict == VERDICT_VANISHED;
	return wanted;
}

const struct journal *second_reading(const struct journal *journal, const char *name, struct loaded *loaded)
{
	struct journal *later = arena_take(journal->arena, sizeof *later);
	nanosleep(&a_moment, NULL);
	*loaded = (struct loaded){NULL, 0};
	/* A temporary journal is removed when its audit ends. */
	if (access(name, R_OK) || journal_load(name, true, loaded))
		return NULL;
	bool same = journal_read_again(journal->arena, loaded->bytes, loaded->size, name, later) == 0 &&
		    later->started_ns == journal->started_ns && later->creator_pid == journal->creator_pid;
	return same ? later : NULL;
}

struct gone {
	struct identity identity;
	bool settled;
	UT_hash_handle hh;
};

static struct gone *find(struct gone *all, const struct identity *identity)
{
	struct gone *found;
	HASH_FIND(hh, all, identity, sizeof *identity, found);
	return found;
}

static bool is_gone(const struct page *page)
{
	return page->verdict == VERDICT_VANISHED && page->made;
}

static struct gone *index_gone(struct arena *arena, const struct pages *pages)
{
	struct gone *all = NULL;
	for (size_t i = 0; i < pages->count; i++) {
		if (!is_gone(pages->at[i]) || find(all, &pages->at[i]->identity))
			continue;
		struct gone *one = arena_take(arena, sizeof *one);
		one->identity = pages->at[i]->identity;
		HASH_ADD(hh, all, identity, sizeof one->identity, one);
	}
	return all;
}

static void settle(struct gone *all, const struct identity *identity)
{
	struct gone *one = find(all, identity);
	if (one)
		one->settled = true;
}

static bool is_ahead(const struct event *one, const struct event *other)
{
	return one->time_ns != other->time_ns ? one->time_ns < other->time_ns : one->offset < other->offset;
}

/* Settles pages by the events that only `later` has. Both readings are in the same order. */
static void settle_by_events(struct gone *all, const struct journal *journal, const struct journal *later)
{
	size_t known = 0;
	for (size_t i = 0; all && i < later->event_count; i++) {
		const struct event *event = &later->events[i];
		while (known < journal->event_count && is_ahead(&journal->events[known], event))
			known++;
		if (known < journal->event_count && journal->events[known].offset == event->offset)
			continue;
		settle(all, &event->page);
		if (event->move)
			settle(all, &event->move->replaced);
	}
}

static bool is_settled(struct gone *all, const struct page *page)
{
	const struct gone *one = is_gone(page) ? find(all, &page->identity) : NULL;
	return one && one->settled;
}

/* The settled directories: no event of a file in them tells its new name. */
static struct path_index index_moved(struct arena *arena, struct gone *all, const struct pages *pages)
{
	struct path_index moved = {arena, NULL};
	for (size_t i = 0; i < pages->count; i++)
		if (pages->at[i]->kind == PAGE_DIRECTORY && pages->at[i]->path.size && is_settled(all, pages->at[i]))
			path_index_add(&moved, pages->at[i]->path);
	return moved;
}

static bool is_dangling(const struct journal *journal, uint64_t offset)
{
	size_t at = COUNT_BEFORE(journal->dangling_count, i, journal->dangling[i] < offset);
	return at < journal->dangling_count && journal->dangling[at] == offset;
}

/* Does the first reading have the creation, but not the record to which it refers, because that was written later? */
static bool is_half_recorded(const struct page *page, const struct journal *journal, const struct journal *later)
{
	return journal->dangling_count && page->made && is_dangling(journal, page->made->offset) &&
	       !is_dangling(later, page->made->offset);
}

void second_reading_settle(const struct journal *journal, const struct journal *later, struct pages *pages)
{
	struct gone *all = index_gone(journal->arena, pages);
	size_t kept = 0;
	settle_by_events(all, journal, later);
	struct path_index moved = index_moved(journal->arena, all, pages);
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		bool settled = is_settled(all, page) || (is_gone(page) && path_index_above(&moved, page->path));
		if (!settled && !is_half_recorded(page, journal, later))
			pages->at[kept++] = page;
	}
	pages->count = kept;
	path_index_free(&moved);
	HASH_CLEAR(hh, all);
}
