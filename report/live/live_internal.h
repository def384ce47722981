/*
 * live_internal.h - the state that live.c, live_entry.c and live_look.c share. No other file may include it.
 */
#ifndef PAGELEAK_LIVE_INTERNAL_H
#define PAGELEAK_LIVE_INTERNAL_H

#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "judge/page_rules.h"
#include "judge/whereabouts.h"
#include "live/live.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "replay/replay.h"

struct queued; /* live.c: an event that was read and not yet applied */
struct cached; /* live.c: the site of an event's process, stacks and function */

struct live_list {
	struct live_entry *oldest, *newest;
};

struct live {
	struct arena *arena, *names; /* names: memory of names and rules; a new one takes its place in judge_anew */
	struct journal journal;
	struct follow *follow;
	struct journal_state *state;
	struct symbols *symbols;
	struct live_options options;
	struct rules rules;
	struct text journal_path;
	/* rebuilt by judge_anew, in `names` */
	struct journal judged_by;
	struct directory_tree *paths;
	struct page_rules *judge;
	size_t roots_known, names_least; /* names_least: size of `names` when they had just been rehoused */
	/* events of one live_read */
	char *batch;
	size_t batch_size, batch_room;
	struct queued *queue;
	size_t queue_count, queue_room;
	const struct journal_event *record; /* being applied */
	struct replay replay;
	struct live_list aside;  /* entries that do not count, or whose place is not known */
	struct live_list fading; /* entries that went; later records may still be about them */
	size_t fading_count;
	struct live_entry *changed, **changed_end;
	size_t changed_count;
	struct live_temporary *temporary; /* table by path */
	unsigned moves;                   /* directory_tree_moves when all entries were counted */
	bool stale;                       /* entries below some directory may count otherwise now */
	struct live_site *sites;
	struct cached *cache;
	struct live_totals totals;
	bool ended;
	uint64_t clock_ns, sampled_ns, events_before;
};

/* ---- live.c ---- */

/* The site of the event that is being applied. */
struct live_site *live_site_of_record(struct live *live);

/* ---- live_entry.c ---- */

/* For replay_options; `context` is the live view. */
void live_entry_changed(void *context, struct tracked *tracked);
/*
 * Looks on disk for an entry and counts it as it was found. Returns false when it was not: then it counts as recorded.
 */
bool live_entry_look(struct live *live, struct live_entry *entry);
/* Counts an entry that looks did not find as vanished. */
void live_entry_vanish(struct live *live, struct live_entry *entry);
/* Counts the entries that have changed. */
void live_settle(struct live *live);
/* Counts all entries again if directories have moved, or changed what is below them. */
void live_settle_moves(struct live *live);
/* Frees entries that went long ago. */
void live_fade(struct live *live);
/* Moves all names to `names` and `paths` of the view. `before`: the former paths. */
void live_rehouse(struct live *live, struct directory_tree *before);
void live_entries_free(struct live *live);

#endif
