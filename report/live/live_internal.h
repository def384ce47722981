/*
 * live_internal.h - what live.c, live_entry.c and live_look.c share, and nobody else may look into.
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

struct queued; /* live.c: an event that was read, and not applied yet */
struct cached; /* live.c: which site an event's stacks are */

struct live_list {
	struct live_entry *oldest, *newest;
};

struct live {
	struct arena *arena, *names; /* names: of what is there, and of what was since the last rehousing */
	struct journal journal;
	struct follow *follow;
	struct journal_state *state;
	struct symbols *symbols;
	struct live_options options;
	struct rules rules;
	struct text journal_path;
	/* what is rebuilt when it has grown */
	struct journal judged_by;
	struct directory_tree *paths;
	struct page_rules *judge;
	size_t roots_known, names_least; /* names_least: size of `names` when they had just been rehoused */
	/* one look's events */
	char *batch;
	size_t batch_size, batch_room;
	struct queued *queue;
	size_t queue_count, queue_room;
	const struct journal_event *record; /* that is being applied */
	struct replay replay;
	struct live_list aside;  /* there, and not counted */
	struct live_list fading; /* not there any more: records of it may be on their way */
	size_t fading_count;
	struct live_entry *changed, **changed_end;
	size_t changed_count;
	struct live_temporary *temporary;
	unsigned moves; /* of directories, that all entries know of */
	bool stale;     /* what is below a directory may stand for something else now */
	struct live_site *sites;
	struct cached *cache;
	struct live_totals totals;
	bool ended;
	uint64_t clock_ns, sampled_ns, events_before;
};

/* ---- live.c ---- */

/* The site of what the event that is being applied made. */
struct live_site *live_site_of_record(struct live *live);

/* ---- live_entry.c ---- */

/* Of replay_options; `context` is the live view. */
void live_entry_changed(void *context, struct tracked *tracked);
/*
 * Looks on disk for one that is there. Counts it as what it was found to be; else as what its record says, and gives
 * false.
 */
bool live_entry_look(struct live *live, struct live_entry *entry);
/* Two looks did not find it. */
void live_entry_vanish(struct live *live, struct live_entry *entry);
/* Counts what has changed. */
void live_settle(struct live *live);
/* Counts what lies below directories that have moved, or stand for something else. */
void live_settle_moves(struct live *live);
/* Frees what went long ago. */
void live_fade(struct live *live);
/* Moves all names into `names` and `paths` of the live view. */
void live_rehouse(struct live *live, struct directory_tree *before);
void live_entries_free(struct live *live);

#endif
