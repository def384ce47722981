/*
 * live.c - the events of a growing journal to the replay, and what made them to sites. Must not look at the disk.
 *
 * What one look at the journal brings is sorted by time before it is applied, so that two processes' records are in
 * order but for those that are written while it is read: the replay lets these wait for one another.
 */
#include "live/live.h"
#include "base/arena.h"
#include "base/text.h"
#include "frames/site.h"
#include "journal/journal_header.h"
#include "judge/standing.h"
#include "live/live_internal.h"
#include "model/event_model.h"
#include <stdlib.h>
#include <string.h>

#define WAITING_NS UINT64_C(5000000000) /* for an event's page to come */
enum { BATCH_BYTES = 4 << 20, NAMES_MOST = 8 << 20, WAITING_MOST = 100000, CHANGED_MOST = 256 };
static const size_t kept_most = (size_t)512
				<< 20; /* of what stays for good; beyond that nothing new gets a site of its own */

struct queued {
	uint64_t time_ns, offset;
	size_t at; /* in the batch's bytes */
};

struct cached {
	struct cache_key {
		uint32_t process, native, script, api;
	} key;
	struct live_site *site;
	UT_hash_handle hh;
};

/* ---- opening ---- */

static void *have(void *memory)
{
	if (!memory)
		arena_out_of_memory();
	return memory;
}

static void judge_begin(struct live *live, const struct directory_tree *before)
{
	live->names = arena_new();
	live->judged_by = live->journal;
	live->judged_by.arena = live->names;
	live->roots_known = live->judged_by.root_count;
	live->rules = (struct rules){live->options.pages, live->options.not_pages, "/", NULL};
	if (live->journal.cwd.size)
		live->rules.cwd = arena_copy(live->names, live->journal.cwd.at, live->journal.cwd.size);
	live->paths = before ? directory_tree_heir(before, live->names, live->journal.cwd)
			     : directory_tree_open(live->names, live->options.disk, live->journal.cwd);
	live->judge = page_rules_open(&live->judged_by, live->paths, &live->rules);
}

/* With all that has become known; what names went with pages is freed. */
static void judge_anew(struct live *live)
{
	struct arena *names = live->names;
	struct directory_tree *paths = live->paths;
	live_settle(live);
	page_rules_close(live->judge);
	judge_begin(live, paths);
	live_rehouse(live, paths);
	live->names_least = arena_size(live->names);
	directory_tree_close(paths);
	arena_free(names);
	journal_state_forget_names(live->state);
}

struct live *live_open(struct follow *follow, const char *name, const struct live_options *options)
{
	struct arena *arena = arena_new();
	struct live *live = arena_take(arena, sizeof *live);
	live->arena = arena;
	live->follow = follow;
	live->options = *options;
	live->journal = journal_header_begin(arena, name);
	journal_header_take(&follow_state(follow)->header, &live->journal);
	live->state = journal_state_open(follow_source(follow), &live->journal, false);
	live->symbols = symbols_open(arena, &live->journal);
	symbols_look_in(live->symbols, options->sysroot, options->debug_dirs);
	judge_begin(live, NULL);
	live->journal_path = standing_journal_path(&live->journal);
	live->changed_end = &live->changed;
	struct replay_options replay = {.forgets = true,
					.page_size = sizeof(struct live_entry),
					.changed = live_entry_changed,
					.context = live};
	replay_open(&live->replay, live->names, live->paths, &replay);
	return live;
}

void live_close(struct live *live)
{
	live_entries_free(live);
	replay_close(&live->replay);
	HASH_CLEAR(hh, live->cache);
	HASH_CLEAR(hh, live->sites);
	free(live->batch);
	free(live->queue);
	page_rules_close(live->judge);
	directory_tree_close(live->paths);
	symbols_close(live->symbols);
	journal_state_close(live->state);
	arena_free(live->names);
	arena_free(live->arena);
}

/* ---- sites ---- */

static struct live_site *site_at(struct live *live, uint64_t key, const struct event *made)
{
	struct live_site *site;
	HASH_FIND(hh, live->sites, &key, sizeof key, site);
	if (site)
		return site;
	site = arena_take(live->arena, sizeof *site);
	site->key = key;
	site->api = made->api;
	site->native = made->native;
	site->script = made->script;
	HASH_ADD(hh, live->sites, key, sizeof site->key, site);
	return site;
}

struct live_site *live_site_of_record(struct live *live)
{
	const struct journal_event *record = live->record;
	struct cache_key key = {record->head.process, record->native, record->script, record->api};
	struct cached *cached;
	HASH_FIND(hh, live->cache, &key, sizeof key, cached);
	if (cached)
		return cached->site;
	bool room = arena_size(live->arena) < kept_most;
	struct event made = {
		.kind = record->kind,
		.api = record->api,
		.process = journal_state_process(live->state, record->head.process),
		.native = room ? journal_state_stack(live->state, record->native) : NULL,
		.script = room ? journal_state_script_stack(live->state, record->script) : NULL,
	};
	struct live_site *site = site_at(live, site_key(live->symbols, &made), &made);
	if (!room)
		return site;
	cached = arena_take(live->arena, sizeof *cached);
	cached->key = key;
	cached->site = site;
	HASH_ADD(hh, live->cache, key, sizeof cached->key, cached);
	return site;
}

/* ---- what an event says ---- */

/* Its stacks are asked for when it has made something: live_site_of_record. */
static void apply(struct live *live, const struct journal_event *record, uint64_t offset)
{
	struct event event;
	struct event_move move;
	if (!journal_state_event(live->state, record, record->head.size, offset, &event, &move))
		return;
	journal_state_root_event(live->state, &event);
	live->record = record;
	replay_event(&live->replay, &event);
	live->record = NULL;
}

/* ---- reading on ---- */

static void enqueue(void *context, const struct journal_record *record, uint16_t type, uint32_t size, uint64_t offset)
{
	struct live *live = context;
	const struct journal_event *event = (const void *)record;
	struct event_parts parts;
	if (type != RECORD_EVENT) {
		journal_state_file(live->state, record, type, size, offset);
		return;
	}
	if (size < sizeof *event || !decode_event(event, size, &parts)) {
		live->totals.events_bad++;
		return;
	}
	if (live->batch_size + size > live->batch_room) {
		live->batch_room = 2 * live->batch_room + CHUNK_MAX;
		live->batch = have(realloc(live->batch, live->batch_room));
	}
	if (live->queue_count == live->queue_room) {
		live->queue_room = 2 * live->queue_room + 1024;
		live->queue = have(realloc(live->queue, live->queue_room * sizeof *live->queue));
	}
	live->queue[live->queue_count++] = (struct queued){event->time_ns, offset, live->batch_size};
	memcpy(live->batch + live->batch_size, record, size);
	live->batch_size += size;
}

static int by_time(const void *a, const void *b)
{
	const struct queued *x = a, *y = b;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void sort_queue(struct live *live)
{
	for (size_t i = 1; i < live->queue_count; i++)
		if (by_time(&live->queue[i - 1], &live->queue[i]) > 0) {
			qsort(live->queue, live->queue_count, sizeof *live->queue, by_time);
			return;
		}
}

static const struct journal_event *record_of(const struct live *live, size_t i)
{
	return (const void *)(live->batch + live->queue[i].at);
}

static void search_ahead(const struct live *live, size_t from)
{
	const struct identity *identities[REPLAY_AHEAD];
	size_t count = 0;
	for (size_t i = from; i < live->queue_count && count < REPLAY_AHEAD; i++)
		identities[count++] = &record_of(live, i)->page;
	replay_search_ahead(&live->replay, identities, count);
}

static void apply_queue(struct live *live)
{
	sort_queue(live);
	for (size_t i = 0; i < live->queue_count; i++) {
		const struct journal_event *record = record_of(live, i);
		if (i % REPLAY_AHEAD == 0)
			search_ahead(live, i);
		if (live->totals.last_ns && record->time_ns > live->totals.last_ns)
			live_sample(live, record->time_ns);
		if (!live->totals.first_ns)
			live->totals.first_ns = record->time_ns;
		if (record->time_ns > live->totals.last_ns)
			live->totals.last_ns = record->time_ns;
		apply(live, record, live->queue[i].offset);
		live->totals.events++;
		if (live->changed_count >= CHANGED_MOST) {
			live_settle(live);
			live_fade(live);
		}
		if (arena_size(live->names) > NAMES_MOST + 2 * live->names_least)
			judge_anew(live);
	}
	live->queue_count = live->batch_size = 0;
}

static void forget_old(struct live *live)
{
	live_fade(live);
	waiting_events_forget(&live->replay.waiting, WAITING_MOST);
	if (live->totals.last_ns > WAITING_NS)
		waiting_events_forget_before(&live->replay.waiting, live->totals.last_ns - WAITING_NS);
}

bool live_read(struct live *live, uint64_t clock_ns)
{
	live->clock_ns = clock_ns;
	bool knew_cwd = live->journal.cwd.size;
	bool more = follow_read(live->follow, clock_ns, BATCH_BYTES, enqueue, live);
	journal_header_take(&follow_state(live->follow)->header, &live->journal);
	journal_state_settle(live->state);
	if (knew_cwd != (live->journal.cwd.size > 0) || live->journal.root_count != live->roots_known)
		judge_anew(live);
	apply_queue(live);
	live_settle(live);
	live_settle_moves(live);
	forget_old(live);
	return more;
}

/* ---- what is known ---- */

size_t live_site_count(const struct live *live)
{
	return HASH_COUNT(live->sites);
}

size_t live_sites(const struct live *live, struct live_site **out)
{
	size_t count = 0;
	for (struct live_site *site = live->sites; site; site = site->hh.next)
		out[count++] = site;
	return count;
}

const struct live_totals *live_totals(const struct live *live)
{
	return &live->totals;
}

const struct journal *live_journal(const struct live *live)
{
	return &live->journal;
}

struct symbols *live_symbols(struct live *live)
{
	return live->symbols;
}

struct journal_state *live_state(struct live *live)
{
	return live->state;
}

const struct follow *live_follow(const struct live *live)
{
	return live->follow;
}
