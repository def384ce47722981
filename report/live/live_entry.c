/*
 * live_entry.c - keeps pages of the replay in the lists and counts of their sites. Must not read the journal; looks at
 * the disk in live_entry_look alone.
 */
#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "judge/standing.h"
#include "live/live_internal.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define FADING_NS UINT64_C(5000000000) /* by which records may be late; those of stopped processes may be later */
enum { FADING_MOST = 2048, MOVES_MOST = 256, EASILY_COUNTED = 10000 };

/* A directory below which all are pages; see standing_is_by_directory. */
struct live_temporary {
	uint32_t entries;
	size_t size;
	UT_hash_handle hh;
	char path[];
};

/* ---- lists ---- */

static struct live_list list_of(struct live *live, struct live_entry *entry)
{
	if (entry->place == LIVE_AT_SITE)
		return (struct live_list){entry->site->oldest, entry->site->newest};
	return entry->place == LIVE_ASIDE ? live->aside : live->fading;
}

static void set_list(struct live *live, struct live_entry *entry, struct live_list list)
{
	if (entry->place == LIVE_AT_SITE) {
		entry->site->oldest = list.oldest;
		entry->site->newest = list.newest;
	} else {
		*(entry->place == LIVE_ASIDE ? &live->aside : &live->fading) = list;
	}
}

static void unlist(struct live *live, struct live_entry *entry)
{
	if (entry->place == LIVE_NOWHERE)
		return;
	struct live_list list = list_of(live, entry);
	if (entry->place == LIVE_AT_SITE && entry->site->next_look == entry)
		entry->site->next_look = entry->newer;
	live->fading_count -= entry->place == LIVE_FADING;
	*(entry->older ? &entry->older->newer : &list.oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &list.newest) = entry->older;
	set_list(live, entry, list);
	entry->older = entry->newer = NULL;
	entry->place = LIVE_NOWHERE;
}

static void enlist(struct live *live, struct live_entry *entry, enum live_place place)
{
	if (entry->place == place)
		return;
	unlist(live, entry);
	entry->place = place;
	struct live_list list = list_of(live, entry);
	entry->older = list.newest;
	*(list.newest ? &list.newest->newer : &list.oldest) = entry;
	list.newest = entry;
	set_list(live, entry, list);
	live->fading_count += place == LIVE_FADING;
}

/* ---- counts ---- */

/* Adds an entry to the counts; with `one` -1 (UINT64_MAX) takes it out. */
static void add_to_counts(struct live_entry *entry, uint64_t one)
{
	struct live_tally *page = &entry->site->tally[STANDS_PAGE], *tally = &entry->site->tally[entry->standing];
	enum verdict counted = entry->counted;
	bool there = counted == VERDICT_LEAKED || counted == VERDICT_KEPT || counted == VERDICT_ADOPTED;
	bool replaced = counted == VERDICT_RELEASED && entry->replaced;
	struct live_tally *made = entry->standing == STANDS_ADOPTED ? page : tally;
	made->created += counted == VERDICT_COUNT ? 0 : one;
	made->adopted += counted == VERDICT_ADOPTED ? one : 0;
	made->vanished += counted == VERDICT_VANISHED ? one : 0;
	made->replaced += replaced ? one : 0;
	made->released += counted == VERDICT_RELEASED && !replaced ? one : 0;
	if (!there)
		return;
	tally->live += one;
	tally->looked += entry->looked ? one : 0;
	tally->bytes += entry->looked ? one * entry->tracked.page.bytes : 0;
	struct live_tally *kept = &entry->site->tally[STANDS_KEPT];
	page->created += one * entry->further_pages;
	page->live += one * entry->further_pages;
	kept->created += one * entry->further_kept;
	kept->live += one * entry->further_kept;
	if (entry->looked) { /* further names take no space of their own */
		page->looked += one * entry->further_pages;
		kept->looked += one * entry->further_kept;
	}
}

static void uncount(struct live_entry *entry)
{
	if (entry->site)
		add_to_counts(entry, UINT64_MAX);
	entry->counted = VERDICT_COUNT;
	entry->further_pages = entry->further_kept = 0;
}

/* ---- directories that make pages of what is below ---- */

static struct live_temporary *temporary_at(const struct live *live, const char *path, size_t size)
{
	struct live_temporary *found;
	HASH_FIND(hh, live->temporary, path, size, found);
	return found;
}

static bool is_below_temporary(const struct live *live, struct text path)
{
	for (size_t size = 1; live->temporary && size < path.size; size++)
		if (path.at[size] == '/' && temporary_at(live, path.at, size))
			return true;
	return false;
}

static void drop_temporary(struct live *live, struct live_entry *entry)
{
	struct live_temporary *temporary = entry->temporary;
	entry->temporary = NULL;
	if (--temporary->entries)
		return;
	HASH_DEL(live->temporary, temporary);
	free(temporary);
}

static void add_temporary(struct live *live, struct live_entry *entry, struct text path)
{
	struct live_temporary *temporary = temporary_at(live, path.at, path.size);
	if (!temporary) {
		temporary = calloc(1, sizeof *temporary + path.size + 1);
		if (!temporary)
			arena_out_of_memory();
		memcpy(temporary->path, path.at, path.size);
		temporary->size = path.size;
		HASH_ADD_KEYPTR(hh, live->temporary, temporary->path, path.size, temporary);
	}
	temporary->entries++;
	entry->temporary = temporary;
}

/*
 * Notes whether all below the directory are pages. If that changed they count otherwise now, except below one that is
 * new, thus empty, or gone.
 */
static void note_temporary(struct live *live, struct live_entry *entry, bool is_new)
{
	const struct page *page = &entry->tracked.page;
	bool makes_pages = standing_is_by_directory(page);
	struct live_temporary *before = entry->temporary;
	struct text was = before ? (struct text){before->path, before->size} : text_none();
	if (before && makes_pages && text_equal(was, page->path))
		return;
	if (makes_pages)
		add_temporary(live, entry, page->path);
	else
		entry->temporary = NULL;
	struct live_temporary *now = entry->temporary;
	if (before) {
		entry->temporary = before;
		drop_temporary(live, entry);
		entry->temporary = now;
	}
	live->stale |= (before && !entry->tracked.closed) || (now && !is_new);
}

/* ---- what it stands for ---- */

static enum standing standing_at(struct live *live, enum judged judged, struct text path)
{
	if (judged)
		return STANDS_PAGE;
	if (page_rules_excludes(live->judge, path))
		return STANDS_EXCLUDED;
	return is_below_temporary(live, path) ? STANDS_PAGE : STANDS_KEPT;
}

static enum standing standing_as(struct live *live, const struct page *page)
{
	if (page->verdict == VERDICT_ADOPTED)
		return STANDS_ADOPTED;
	if (page->verdict == VERDICT_KEPT || page->judged)
		return standing_at(live, page->judged, page->path);
	return page_rules_excludes(live->judge, page->path) ? STANDS_EXCLUDED : STANDS_KEPT;
}

static void count_further(struct live *live, struct live_entry *entry, const struct whereabouts *where)
{
	struct text path;
	const struct name_entry *at = NULL;
	while ((at = whereabouts_further(where, &entry->tracked, at, &path))) {
		enum judged judged = standing_of_name(live->judge, &entry->tracked, path);
		bool is_page = standing_at(live, judged, path) == STANDS_PAGE;
		entry->further_pages += is_page;
		entry->further_kept += !is_page;
	}
}

static enum live_place place_of(const struct live_entry *entry)
{
	if (entry->tracked.closed)
		return LIVE_FADING;
	return entry->counted == VERDICT_COUNT || !entry->tracked.page.exists ? LIVE_ASIDE : LIVE_AT_SITE;
}

/* Counts a page as released whose identity another page has by now: the record of its removal is to come. */
static enum verdict verdict_so_far(const struct live *live, const struct live_entry *entry)
{
	const struct tracked *tracked = &entry->tracked;
	bool is_owed = !tracked->closed && !tracked->page.exists && tracked->newer && tracked->page.identity.birth_ns;
	return is_owed && !live->ended ? VERDICT_RELEASED : tracked->page.verdict;
}

static void know_site(struct live *live, struct live_entry *entry)
{
	struct event *made = (struct event *)entry->tracked.page.made; /* its own copy */
	struct live_site *site = live_site_of_record(live);
	entry->made_at = made->offset;
	made->native = site->native;
	made->script = site->script;
	if (site == entry->site)
		return;
	uncount(entry);
	unlist(live, entry);
	entry->site = site;
}

/* Judges and counts an entry whose `path` and `exists` are known. */
static void count(struct live *live, struct live_entry *entry, const struct whereabouts *where)
{
	struct tracked *tracked = &entry->tracked;
	struct page *page = &tracked->page;
	bool is_new = entry->place == LIVE_NOWHERE;
	page->verdict = standing_of(live->judge, tracked);
	entry->counted = standing_is_left_out(live->judge, tracked, live->journal_path) ? VERDICT_COUNT
											: verdict_so_far(live, entry);
	entry->standing = standing_as(live, page);
	entry->replaced = page->release && page->release->kind == EVENT_RENAMED;
	entry->moves = directory_tree_moves(live->paths);
	if (page->exists && tracked->names.first.next)
		count_further(live, entry, where);
	entry->site->process = page->made->process;
	add_to_counts(entry, 1);
	if (page->kind == PAGE_DIRECTORY)
		note_temporary(live, entry, is_new);
	if (standing_is_kernels(page->path))
		replay_end(&live->replay, tracked);
	if (tracked->closed && entry->place != LIVE_FADING)
		entry->looked_ns = live->clock_ns;
	enlist(live, entry, place_of(entry));
}

/* Finds the entry by its recorded names, and keeps the size that a look has found. */
static void find_recorded(struct live *live, struct live_entry *entry)
{
	struct whereabouts where = {live->judge, live->paths, NULL, true};
	struct tracked *tracked = &entry->tracked;
	uint64_t bytes = tracked->page.bytes;
	tracked->page.exists = false;
	if (!tracked->closed && !tracked->unknown)
		whereabouts_find(&where, tracked);
	tracked->page.bytes = bytes;
}

static void count_recorded(struct live *live, struct live_entry *entry)
{
	struct whereabouts where = {live->judge, live->paths, NULL, true};
	uncount(entry);
	find_recorded(live, entry);
	entry->looked &= entry->tracked.page.exists;
	count(live, entry, &where);
}

bool live_entry_look(struct live *live, struct live_entry *entry)
{
	struct whereabouts where = {live->judge, live->paths, live->options.disk, false};
	struct tracked *tracked = &entry->tracked;
	if (tracked->closed || tracked->unknown)
		return false;
	uncount(entry);
	tracked->page.exists = false;
	whereabouts_find(&where, tracked);
	bool found = entry->looked = tracked->page.exists;
	if (!found) {
		find_recorded(live, entry);
		where = (struct whereabouts){live->judge, live->paths, NULL, true};
	}
	count(live, entry, &where);
	return found;
}

void live_entry_vanish(struct live *live, struct live_entry *entry)
{
	replay_end(&live->replay, &entry->tracked);
	count_recorded(live, entry);
}

void live_entry_changed(void *context, struct tracked *tracked)
{
	struct live *live = context;
	struct live_entry *entry = (struct live_entry *)tracked;
	if (tracked->forgotten)
		return;
	if (!entry->site)
		entry->counted = VERDICT_COUNT;
	if (!entry->site || entry->made_at != tracked->page.made->offset)
		know_site(live, entry);
	if (entry->has_changed)
		return;
	entry->has_changed = true;
	*live->changed_end = entry;
	live->changed_end = &entry->changed;
	live->changed_count++;
}

void live_settle(struct live *live)
{
	for (struct live_entry *entry = live->changed, *next; entry; entry = next) {
		next = entry->changed;
		entry->changed = NULL;
		entry->has_changed = false;
		count_recorded(live, entry);
	}
	live->changed = NULL;
	live->changed_end = &live->changed;
	live->changed_count = 0;
}

static void count_list(struct live *live, struct live_entry *entry)
{
	for (struct live_entry *newer; entry; entry = newer) {
		newer = entry->newer;
		count_recorded(live, entry);
	}
}

/* Counts twice if a directory below which all are pages was found after entries below it. */
static void count_all(struct live *live)
{
	for (int i = 0; i < 2; i++) {
		live->stale = false;
		count_list(live, live->aside.oldest);
		for (struct live_site *site = live->sites; site; site = site->hh.next)
			count_list(live, site->oldest);
		if (!live->stale)
			break;
	}
	live->moves = directory_tree_moves(live->paths);
	live->stale = false;
}

void live_settle_moves(struct live *live)
{
	unsigned moves = directory_tree_moves(live->paths) - live->moves;
	if ((moves || live->stale) &&
	    (live->ended || moves > MOVES_MOST || HASH_COUNT(live->replay.by_identity) <= EASILY_COUNTED))
		count_all(live);
}

const char *live_path(struct live *live, struct live_entry *entry)
{
	if (entry->moves != directory_tree_moves(live->paths) && !entry->tracked.closed)
		count_recorded(live, entry);
	return entry->tracked.page.path.at;
}

/* ---- memory ---- */

static void forget(struct live *live, struct live_entry *entry)
{
	if (entry->temporary)
		drop_temporary(live, entry);
	unlist(live, entry);
	entry->tracked.page.path = entry->tracked.first_path = entry->tracked.page.renamed_from = text_none();
	replay_forget(&live->replay, &entry->tracked);
}

void live_fade(struct live *live)
{
	while (live->fading.oldest &&
	       (live->fading_count > FADING_MOST || live->clock_ns - live->fading.oldest->looked_ns > FADING_NS))
		forget(live, live->fading.oldest);
}

static void rehouse_list(struct live *live, struct live_entry *entry, struct directory_tree *before)
{
	for (; entry; entry = entry->newer)
		replay_rehouse_page(&live->replay, &entry->tracked, before);
}

void live_rehouse(struct live *live, struct directory_tree *before)
{
	live_settle(live);
	replay_rehouse(&live->replay, live->names, live->paths);
	rehouse_list(live, live->aside.oldest, before);
	rehouse_list(live, live->fading.oldest, before);
	for (struct live_site *site = live->sites; site; site = site->hh.next)
		rehouse_list(live, site->oldest, before);
}

static void forget_list(struct live *live, struct live_entry *entry)
{
	for (struct live_entry *newer; entry; entry = newer) {
		newer = entry->newer;
		forget(live, entry);
	}
}

void live_entries_free(struct live *live)
{
	live_settle(live);
	forget_list(live, live->aside.oldest);
	forget_list(live, live->fading.oldest);
	for (struct live_site *site = live->sites; site; site = site->hh.next)
		forget_list(live, site->oldest);
}
