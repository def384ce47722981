/*
 * live_internal.h - what live.c, live_entry.c and live_look.c share, and nobody else may look into.
 */
#ifndef PAGELEAK_LIVE_STATE_H
#define PAGELEAK_LIVE_STATE_H

#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "judge/page_rules.h"
#include "live/live.h"
#include "model/disk_model.h"
#include "model/journal_model.h"

struct queued; /* live.c: an event that was read, and not applied yet */
struct stray;  /* live.c: a removal whose creation was not read yet */
struct cached; /* live.c: which site an event's stacks are */

/* A directory's. */
struct move {
	char *from, *to;
	bool exchanged;
};

struct live {
	struct arena *arena, *names;
	struct journal journal;
	struct follow *follow;
	struct references *references;
	struct symbols *symbols;
	struct live_options options;
	struct rules rules;
	/* what is rebuilt when it has grown */
	struct journal judged_by;
	struct paths *paths;
	struct judge *judge;
	size_t roots_known;
	/* one look's events */
	char *batch;
	size_t batch_size, batch_room;
	struct queued *queue;
	size_t queue_count, queue_room;
	struct live_entry *entries;
	struct stray *strays;
	struct move *moves;
	size_t move_count;
	struct live_site *sites;
	struct cached *cache;
	struct live_totals totals;
	bool ended;
	uint64_t clock_ns, sampled_ns, events_before;
};

/* ---- live_entry.c ---- */

/* Ends the program when there is no memory. */
void *live_have(void *memory);
void live_entry_free(struct live_entry *entry);
/* An entry that is there from now on; `entry` has all but its place in lists and counts. */
void live_entry_add(struct live *live, struct live_entry *entry);
enum entry_end { ENDS_RELEASED, ENDS_REPLACED, ENDS_VANISHED, ENDS_UNTOLD };
/* UNTOLD: it is as if it had never been counted. */
void live_entry_end(struct live *live, struct live_entry *entry, enum entry_end how);
/* NULL: none is there. */
struct live_entry *live_entry_at(const struct live *live, const struct identity *identity);
void live_entry_rename(struct live *live, struct live_entry *entry, struct text path);
/* Its first name went, and it has a second one. */
void live_entry_lose_name(struct live *live, struct live_entry *entry);
/* A look at the disk found it, and what it takes. */
void live_entry_looked(struct live_entry *entry, uint64_t bytes);
char *live_path_copy(struct text path);

/* A directory and all below it have another name from now on. */
void live_move(struct live *live, struct text from, struct text to, bool exchanged);
/* Tells all entries of the moves so far. */
void live_settle_moves(struct live *live);
void live_clear_moves(struct live *live);

#endif
