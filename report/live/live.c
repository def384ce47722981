/*
 * live.c - the events of a growing journal to entries and sites. Must not look at the disk.
 *
 * What one look at the journal brings is sorted by time before it is applied, so that two processes' records are in order but
 * for those that are written while it is read: a removal that comes before its creation waits for it (struct stray).
 */
#include "live/live.h"
#include "base/arena.h"
#include "base/text.h"
#include "frames/site.h"
#include "live/live_internal.h"
#include "model/event_model.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define STRAY_NS UINT64_C(10000000) /* as in replay.c: records of two processes are at most this much out of order */
#define STRAY_KEPT_NS UINT64_C(5000000000)
enum { BATCH_BYTES = 4 << 20, NAMES_MOST = 16 << 20, STRAYS_MOST = 100000, MOVES_MOST = 256 };
static const size_t kept_most = (size_t)512
				<< 20; /* of what stays for good; beyond that nothing new gets a site of its own */

struct queued {
	uint64_t time_ns, offset;
	size_t at; /* in the batch's bytes */
};

struct stray {
	struct identity identity;
	uint64_t time_ns, read_ns;
	const struct process *process;
	UT_hash_handle hh;
};

struct cached {
	struct cache_key {
		uint32_t process, native, script, api;
	} key;
	struct live_site *site;
	UT_hash_handle hh;
};

/* ---- opening ---- */

static void judge_anew(struct live *live)
{
	struct root_change *roots;
	if (live->judge) {
		judge_close(live->judge);
		paths_close(live->paths);
		arena_free(live->names);
		references_forget(live->references);
	}
	live->names = arena_new();
	live->judged_by = live->journal;
	live->judged_by.arena = live->names;
	live->judged_by.root_count = references_roots(live->references, &roots);
	live->judged_by.roots = roots;
	live->roots_known = live->judged_by.root_count;
	live->rules = (struct rules){live->options.pages, live->options.not_pages, "/", NULL};
	if (live->journal.cwd.size)
		live->rules.cwd = arena_copy(live->names, live->journal.cwd.at, live->journal.cwd.size);
	live->paths = paths_open(live->names, live->options.disk, live->journal.cwd);
	live->judge = judge_open(&live->judged_by, live->paths, &live->rules);
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
	judge_anew(live);
	return live;
}

void live_close(struct live *live)
{
	struct live_entry *entry, *next;
	struct stray *stray, *after;
	HASH_ITER(hh, live->entries, entry, next)
	{
		HASH_DEL(live->entries, entry);
		live_entry_free(entry);
	}
	HASH_ITER(hh, live->strays, stray, after)
	{
		HASH_DEL(live->strays, stray);
		free(stray);
	}
	live_clear_moves(live);
	HASH_CLEAR(hh, live->cache);
	HASH_CLEAR(hh, live->sites);
	free(live->batch);
	free(live->queue);
	judge_close(live->judge);
	paths_close(live->paths);
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

static struct live_site *site_of(struct live *live, const struct journal_event *record)
{
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

/* "" when it is not known. In `names`. */
static struct text path_of(struct live *live, const struct process *process, uint32_t base, struct text path,
			   bool unknown)
{
	struct text directory = references_name(live->references, base);
	if (unknown || !references_rooted(live->references, process, &directory, &path) ||
	    memchr(path.at, 0, path.size))
		return text_none();
	return paths_text(live->paths, paths_place(live->paths, directory, path));
}

/* ---- what an event does ---- */

/* The kernel makes those, whatever O_CREAT says. */
static bool is_kernels(struct text path)
{
	return text_starts(path, "/proc/") || text_starts(path, "/sys/");
}

static void entry_add(struct live *live, const struct journal_event *record, struct text path)
{
	struct live_entry *entry = live_have(calloc(1, sizeof *entry));
	*entry = (struct live_entry){
		.identity = record->page,
		.site = site_of(live, record),
		.process = references_process(live->references, record->head.process),
		.made_ns = record->time_ns,
		.path = live_path_copy(path),
		.tid = record->head.tid,
		.made_kind = record->kind,
		.certain = record->flags & EVENT_CERTAIN,
	};
	live_entry_add(live, entry);
}

static bool same_basename(const char *path, struct text other)
{
	return text_equal(text_basename(text_of(path)), text_basename(other));
}

static void add_stray(struct live *live, const struct identity *identity, const struct journal_event *record)
{
	struct stray *stray;
	HASH_FIND(hh, live->strays, identity, sizeof *identity, stray);
	if (!stray) {
		if (HASH_COUNT(live->strays) >= STRAYS_MOST)
			return;
		stray = live_have(calloc(1, sizeof *stray));
		stray->identity = *identity;
		HASH_ADD(hh, live->strays, identity, sizeof stray->identity, stray);
	}
	stray->time_ns = record->time_ns;
	stray->read_ns = live->clock_ns;
	stray->process = references_process(live->references, record->head.process);
}

/* Has the removal of what was just made been read before? */
static void meet_stray(struct live *live, const struct journal_event *record)
{
	struct stray *stray;
	struct live_entry *entry = live_entry_at(live, &record->page);
	HASH_FIND(hh, live->strays, &record->page, sizeof record->page, stray);
	if (!stray)
		return;
	bool near = stray->process != entry->process && record->time_ns < stray->time_ns + STRAY_NS;
	if (record->page.birth_ns || near)
		live_entry_end(live, entry, ENDS_RELEASED);
	HASH_DEL(live->strays, stray);
	free(stray);
}

static void drop_old_strays(struct live *live)
{
	for (struct stray *stray = live->strays, *next; stray; stray = next) { /* in order of coming */
		next = stray->hh.next;
		if (live->clock_ns - stray->read_ns < STRAY_KEPT_NS)
			return;
		HASH_DEL(live->strays, stray);
		free(stray);
	}
}

/* A hook below another one tells of one creation twice; see replay.c. */
static bool told_twice(const struct live_entry *entry, const struct journal_event *record, struct text path)
{
	return entry->process->number == record->head.process && entry->tid == record->head.tid &&
	       text_is(path, entry->path);
}

/* One of this identity is there already. True: this record tells of the same one. */
static bool is_known(struct live *live, struct live_entry *entry, const struct journal_event *record, struct text path)
{
	bool certain = record->flags & EVENT_CERTAIN;
	if (entry->made_kind != EVENT_MADE ||
	    (record->page.birth_ns && certain && !entry->certain)) { /* this one knows better who made it */
		live_entry_end(live, entry, ENDS_UNTOLD);
		return false;
	}
	if (!record->page.birth_ns) {
		if (!certain && same_basename(entry->path, path))
			return true;
		live_entry_end(live, entry, ENDS_VANISHED);
		return false;
	}
	if (!certain || told_twice(entry, record, path))
		return true;
	/* Taken again within a tick: the record of the removal between the two is yet to come. */
	uint32_t owed = entry->owed + 1;
	live_entry_end(live, entry, ENDS_RELEASED);
	entry_add(live, record, path);
	live_entry_at(live, &record->page)->owed = owed;
	return true;
}

static void apply_made(struct live *live, const struct journal_event *record, struct text path)
{
	struct live_entry *entry = live_entry_at(live, &record->page);
	if (is_kernels(path) || (entry && is_known(live, entry, record, path)))
		return;
	entry_add(live, record, path);
	meet_stray(live, record);
}

static void lose_name(struct live *live, struct live_entry *entry, struct text path)
{
	if (!text_is(path, live_path(live, entry))) {
		if (entry->other && text_is(path, entry->other)) {
			free(entry->other);
			entry->other = NULL;
		}
		return;
	}
	if (!entry->other) {
		if (entry->made_kind !=
		    EVENT_MADE) /* what is older than the audit lives on elsewhere; its new name was the page */
			live_entry_end(live, entry, ENDS_RELEASED);
		return;
	}
	live_entry_lose_name(live, entry);
}

static void remove_name(struct live *live, const struct identity *identity, uint32_t links, uint32_t mode,
			struct text path, const struct journal_event *record, enum entry_end how)
{
	struct live_entry *entry = live_entry_at(live, identity);
	bool last = links <= 1 || S_ISDIR(mode);
	if (!entry && last)
		add_stray(live, identity, record);
	else if (entry && !last)
		lose_name(live, entry, path);
	else if (entry && entry->owed)
		entry->owed--;
	else if (entry)
		live_entry_end(live, entry, how);
}

static void apply_renamed(struct live *live, const struct journal_event *record, const struct event_parts *parts,
			  struct text to, struct text from)
{
	struct live_entry *entry = live_entry_at(live, &record->page);
	bool exchanged = record->flags & EVENT_EXCHANGED;
	const struct journal_replaced *old = parts->replaced;
	if (old && !exchanged && memcmp(&old->page, &record->page, sizeof old->page))
		remove_name(live, &old->page, old->links, old->mode, to, record, ENDS_REPLACED);
	if (S_ISDIR(record->mode) || (exchanged && old && S_ISDIR(old->mode)))
		live_move(live, from, to, exchanged);
	if (entry)
		live_entry_rename(live, entry, to);
	else if (!is_kernels(to))
		entry_add(live, record, to);
	struct live_entry *other = exchanged && old ? live_entry_at(live, &old->page) : NULL;
	if (other && other != entry)
		live_entry_rename(live, other, from);
}

static void apply_linked(struct live *live, const struct journal_event *record, struct text path)
{
	struct live_entry *entry = live_entry_at(live, &record->page);
	if (!entry) {
		entry_add(live, record, path);
	} else if (!entry->other && !text_is(path, entry->path)) {
		entry->other = live_path_copy(path);
	}
}

static void apply(struct live *live, const struct journal_event *record, const struct event_parts *parts)
{
	const struct process *process = references_process(live->references, record->head.process);
	bool nameless =
		record->kind == EVENT_RELEASED && (!parts->path.size || record->links <= 1 || S_ISDIR(record->mode));
	struct text path =
		nameless ? text_none()
			 : path_of(live, process, record->base, parts->path, record->flags & EVENT_BASE_UNKNOWN);
	struct text from = record->kind == EVENT_RENAMED ? path_of(live, process, record->base2, parts->path2,
								   record->flags & EVENT_BASE2_UNKNOWN)
							 : text_none();
	if (record->kind == EVENT_MADE)
		apply_made(live, record, path);
	else if (record->kind == EVENT_RELEASED)
		remove_name(live, &record->page, record->links, record->mode, path, record, ENDS_RELEASED);
	else if (record->kind == EVENT_RENAMED)
		apply_renamed(live, record, parts, path, from);
	else
		apply_linked(live, record, path);
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
		live->batch = live_have(realloc(live->batch, live->batch_room));
	}
	if (live->queue_count == live->queue_room) {
		live->queue_room = 2 * live->queue_room + 1024;
		live->queue = live_have(realloc(live->queue, live->queue_room * sizeof *live->queue));
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

static void apply_queue(struct live *live)
{
	sort_queue(live);
	for (size_t i = 0; i < live->queue_count; i++) {
		const struct journal_event *record = (const void *)(live->batch + live->queue[i].at);
		struct event_parts parts;
		if (live->totals.last_ns && record->time_ns > live->totals.last_ns)
			live_sample(live, record->time_ns);
		if (!live->totals.first_ns)
			live->totals.first_ns = record->time_ns;
		if (record->time_ns > live->totals.last_ns)
			live->totals.last_ns = record->time_ns;
		decode_event(record, record->head.size, &parts);
		apply(live, record, &parts);
		live->totals.events++;
		if (arena_size(live->names) > NAMES_MOST)
			judge_anew(live);
	}
	live->queue_count = live->batch_size = 0;
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
	drop_old_strays(live);
	if (live->move_count > MOVES_MOST || (live->move_count && HASH_COUNT(live->entries) <= 10000))
		live_settle_moves(live);
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
