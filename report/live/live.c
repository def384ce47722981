/*
 * live.c - gives the events of a growing journal to the replay, and finds the site of each. Must not look at the disk.
 *
 * The events of one live_read are sorted by time before they are applied, so that two processes' records are in order,
 * except those that are written meanwhile: the replay lets these wait for one another.
 */
#include "live/live.h"
#include "base/arena.h"
#include "base/text.h"
#include "frames/site.h"
#include "judge/standing.h"
#include "live/live_internal.h"
#include "model/event_model.h"
#include <stdlib.h>
#include <string.h>

#define WAITING_NS UINT64_C(5000000000) /* how long an event waits for its page */
enum { BATCH_BYTES = 4 << 20, NAMES_MOST = 8 << 20, WAITING_MOST = 100000, CHANGED_MOST = 256 };
/* Bytes of what stays for good. Beyond that, new stacks are not kept, and events with them share sites. */
static const size_t kept_most = (size_t)512 << 20;

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
	struct root_change *roots;
	live->names = arena_new();
	live->judged_by = live->journal;
	live->judged_by.arena = live->names;
	live->judged_by.root_count = references_roots(live->references, &roots);
	live->judged_by.roots = roots;
	live->roots_known = live->judged_by.root_count;
	live->rules = (struct rules){live->options.pages, live->options.not_pages, "/", NULL};
	if (live->journal.cwd.size)
		live->rules.cwd = arena_copy(live->names, live->journal.cwd.at, live->journal.cwd.size);
	live->paths = before ? directory_tree_heir(before, live->names, live->journal.cwd)
			     : directory_tree_open(live->names, live->options.disk, live->journal.cwd);
	live->judge = page_rules_open(&live->judged_by, live->paths, &live->rules);
}

/* Makes rules and paths anew with all that has become known. Frees the names of pages that went. */
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
	references_forget(live->references);
}

struct live *live_open(struct follow *follow, const char *name, const struct live_options *options)
{
	struct arena *arena = arena_new();
	struct live *live = arena_take(arena, sizeof *live);
	const struct journal_header *header = &follow_state(follow)->header;
	live->arena = arena;
	live->follow = follow;
	live->options = *options;
	live->journal = (struct journal){.arena = arena,
					 .name = name,
					 .cwd = text_none(),
					 .host = text_none(),
					 .version = text_none(),
					 .tmpdir = text_none(),
					 .started_ns = header->started_ns,
					 .creator_pid = header->creator_pid};
	live->references = references_open(follow, &live->journal);
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
	references_close(live->references);
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
		.process = references_process(live->references, record->head.process),
		.native = room ? references_stack(live->references, record->native) : NULL,
		.script = room ? references_script(live->references, record->script) : NULL,
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

/* Translates a name to the machine's root directory. False: that is not known. */
static bool name_of(struct live *live, const struct process *process, uint32_t directory, struct text given,
		    struct text *base, struct text *path)
{
	*base = references_name(live->references, directory);
	*path = given;
	return references_rooted(live->references, process, base, path);
}

/* Applies an event without its stacks: live_site_of_record asks for these if the event made something. */
static void apply(struct live *live, const struct journal_event *record, const struct event_parts *parts,
		  uint64_t offset)
{
	struct process *process = references_process(live->references, record->head.process);
	struct event_move move = {.base2 = text_none(), .path2 = text_none()};
	struct event event = {.kind = record->kind,
			      .flags = record->flags,
			      .api = record->api,
			      .mode = record->mode,
			      .links = record->links,
			      .tid = record->head.tid,
			      .time_ns = record->time_ns,
			      .offset = offset,
			      .page = record->page,
			      .process = process,
			      .scope = text_none()};
	bool known = name_of(live, process, record->base, parts->path, &event.base, &event.path);
	if (record->kind == EVENT_RENAMED || record->kind == EVENT_LINKED) {
		known &= name_of(live, process, record->base2, parts->path2, &move.base2, &move.path2);
		if (parts->replaced) {
			move.replaced = parts->replaced->page;
			move.replaced_links = parts->replaced->links;
			move.replaced_mode = parts->replaced->mode;
		}
		event.move = &move;
	}
	if (!known)
		event.flags |= EVENT_BASE_UNKNOWN | EVENT_BASE2_UNKNOWN;
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
		references_file(live->references, record, type, size, offset);
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
		struct event_parts parts;
		if (i % REPLAY_AHEAD == 0)
			search_ahead(live, i);
		if (live->totals.last_ns && record->time_ns > live->totals.last_ns)
			live_sample(live, record->time_ns);
		if (!live->totals.first_ns)
			live->totals.first_ns = record->time_ns;
		if (record->time_ns > live->totals.last_ns)
			live->totals.last_ns = record->time_ns;
		decode_event(record, record->head.size, &parts);
		apply(live, record, &parts, live->queue[i].offset);
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
	struct root_change *roots;
	bool more = follow_read(live->follow, clock_ns, BATCH_BYTES, enqueue, live);
	if (knew_cwd != (live->journal.cwd.size > 0) || references_roots(live->references, &roots) != live->roots_known)
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

struct references *live_references(struct live *live)
{
	return live->references;
}
