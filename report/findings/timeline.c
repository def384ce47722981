/*
 * timeline.c - creations and releases, each sorted by time, merged into a bounded number of buckets. Must not judge a
 * page.
 */
#include "findings/timeline.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include <stdlib.h>
#include <uthash.h>

struct change {
	uint64_t time_ns, offset; /* in the journal: breaks ties */
	const struct page *page;
};

struct changes {
	struct change *at; /* NULL: no memory, or none yet */
	size_t count, room;
};

static void add(struct changes *changes, uint64_t time_ns, uint64_t offset, const struct page *page)
{
	if (changes->count == changes->room) {
		size_t room = changes->room ? changes->room * 2 : 1024;
		struct change *grown = realloc(changes->at, room * sizeof *grown);
		if (!grown)
			return;
		changes->at = grown;
		changes->room = room;
	}
	changes->at[changes->count++] = (struct change){time_ns, offset, page};
}

static int by_time(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Pages come in the order of their creation, so that they seldom need sorting. */
static void sort(struct changes *changes)
{
	for (size_t i = 1; i < changes->count; i++)
		if (by_time(&changes->at[i - 1], &changes->at[i]) > 0) {
			qsort(changes->at, changes->count, sizeof *changes->at, by_time);
			return;
		}
}

/* ---- pages by process ---- */

struct numbered {
	const struct process *process;
	struct timeline_tally *tally;
	UT_hash_handle hh;
};

struct counting {
	struct changes made, released;
	struct numbered *processes, *last;
};

static struct timeline_tally *tally_of(struct counting *counting, const struct process *process)
{
	struct numbered *found = counting->last;
	if (!process || (found && found->process == process))
		return process ? found->tally : NULL;
	HASH_FIND_PTR(counting->processes, &process, found);
	if (found)
		counting->last = found;
	return found ? found->tally : NULL;
}

static bool is_left(const struct page *page)
{
	return !page->release;
}

static void count(struct counting *counting, const struct page *page)
{
	struct timeline_tally *tally = page->made ? tally_of(counting, page->made->process) : NULL;
	if (page->made)
		add(&counting->made, page->made->time_ns, page->made->offset, page);
	else if (page->stranger)
		add(&counting->made, page->stranger->born_ns, 0, page);
	if (tally) {
		tally->made++;
		tally->left += is_left(page);
	}
	if (!page->release)
		return;
	add(&counting->released, page->release->time_ns, page->release->offset, page);
	tally = tally_of(counting, page->release->process);
	if (tally)
		tally->released++;
}

static void count_all(struct counting *counting, const struct pages *pages, const struct report *report)
{
	for (size_t i = 0; i < pages->count; i++)
		if (pages->at[i]->verdict == VERDICT_RELEASED)
			count(counting, pages->at[i]);
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct finding *finding = &report->findings[i];
		if (verdict_counts[finding->verdict] != COUNTS_ALL)
			continue;
		for (size_t k = 0; k < finding->entries; k++)
			count(counting, finding->pages[k]);
	}
}

/* ---- buckets ---- */

static struct timeline_bucket *bucket_at(struct timeline *timeline, uint64_t time_ns)
{
	uint32_t number = (uint32_t)((time_ns - timeline->from_ns) / timeline->width_ns);
	struct timeline_bucket *last = timeline->count ? &timeline->at[timeline->count - 1] : NULL;
	if (last && last->number >= number)
		return last;
	timeline->at[timeline->count] = (struct timeline_bucket){.number = number};
	if (last) {
		struct timeline_bucket *next = &timeline->at[timeline->count];
		next->live = next->most = last->live;
		next->left = last->left;
		next->left_bytes = last->left_bytes;
	}
	return &timeline->at[timeline->count++];
}

static void fill_buckets(struct timeline *timeline, const struct changes *made, const struct changes *released)
{
	for (size_t i = 0, k = 0; i < made->count || k < released->count;) {
		/* In a hostile journal a release may come before its creation: it waits for the creation. */
		bool makes = i < made->count &&
			     (k == released->count || k >= i || by_time(&made->at[i], &released->at[k]) <= 0);
		const struct change *change = makes ? &made->at[i++] : &released->at[k++];
		struct timeline_bucket *bucket =
			bucket_at(timeline, change->time_ns > timeline->from_ns ? change->time_ns : timeline->from_ns);
		if (!makes) {
			bucket->released++;
			bucket->live -= bucket->live > 0;
			continue;
		}
		bucket->made++;
		bucket->live++;
		bucket->left += is_left(change->page);
		bucket->left_bytes += is_left(change->page) ? change->page->bytes : 0;
		if (bucket->live > bucket->most)
			bucket->most = bucket->live;
		if (bucket->live > timeline->most) {
			timeline->most = bucket->live;
			timeline->most_ns = change->time_ns;
		}
	}
}

static void widen(struct timeline *timeline, uint64_t time_ns)
{
	if (!time_ns)
		return;
	if (!timeline->from_ns || time_ns < timeline->from_ns)
		timeline->from_ns = time_ns;
	if (time_ns > timeline->to_ns)
		timeline->to_ns = time_ns;
}

static void find_range(struct timeline *timeline, const struct counting *counting, const struct report *report)
{
	const struct changes *both[] = {&counting->made, &counting->released};
	widen(timeline, report->started_ns);
	widen(timeline, report->ended_ns);
	for (size_t i = 0; i < 2; i++)
		if (both[i]->count) {
			widen(timeline, both[i]->at[0].time_ns);
			widen(timeline, both[i]->at[both[i]->count - 1].time_ns);
		}
	timeline->width_ns = (timeline->to_ns - timeline->from_ns) / TIMELINE_BUCKETS + 1;
}

void timeline_fill(struct arena *arena, const struct pages *pages, struct report *report)
{
	struct timeline *timeline = arena_take(arena, sizeof *timeline);
	struct counting counting = {0};
	timeline->processes = arena_take(arena, (report->process_count + 1) * sizeof *timeline->processes);
	for (size_t i = 0; i < report->process_count; i++) {
		struct numbered *one = arena_take(arena, sizeof *one);
		*one = (struct numbered){.process = report->processes[i], .tally = &timeline->processes[i]};
		HASH_ADD_PTR(counting.processes, process, one);
	}
	count_all(&counting, pages, report);
	sort(&counting.made);
	sort(&counting.released);
	find_range(timeline, &counting, report);
	timeline->made = counting.made.count;
	timeline->released = counting.released.count;
	size_t most = timeline->made + timeline->released;
	timeline->at =
		arena_take(arena, ((most < TIMELINE_BUCKETS ? most : TIMELINE_BUCKETS) + 1) * sizeof *timeline->at);
	fill_buckets(timeline, &counting.made, &counting.released);
	HASH_CLEAR(hh, counting.processes);
	free(counting.made.at);
	free(counting.released.at);
	report->timeline = timeline;
}
