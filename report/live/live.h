/*
 * live.h - counts by site what is on disk now, from a growing journal.
 *
 * follow -> references and events; events -> replay -> entries (pages, with what the view knows of each) -> sites (one
 * for each creation stack) with their growth.
 *
 * Pages are those of the report: the same replay makes them, and the same rules judge them (standing.h). The future is
 * unknown: an entry counts as there until its removal is read, or a look at the disk (live_look) does not find it.
 * Whether a site releases most of its pages is asked of the site alone, not of site and template, and each removal is
 * evidence (otherwise in site_habits.h).
 *
 * Memory grows with the entries that are there, with sites and their stacks, and with processes; not with events. Not
 * for several threads at a time.
 */
#ifndef PAGELEAK_LIVE_H
#define PAGELEAK_LIVE_H

#include "format.h"
#include "journal/follow.h"
#include "journal/journal_state.h"
#include "live/growth.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "replay/replay.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"
#include <uthash.h>

/*
 * How an entry counts. STANDS_EXCLUDED: not at all, by the user's own rules. STANDS_ADOPTED: it was a page and became
 * an output.
 */
enum standing { STANDS_PAGE, STANDS_KEPT, STANDS_EXCLUDED, STANDS_ADOPTED, STANDINGS };

/* Which of the live view's lists an entry is in. */
enum live_place { LIVE_NOWHERE, LIVE_AT_SITE, LIVE_ASIDE, LIVE_FADING };

struct live_entry {
	struct tracked tracked;           /* must be first */
	struct live_site *site;           /* NULL: not yet known */
	struct live_entry *older, *newer; /* neighbours in the list that `place` tells */
	struct live_entry *changed;       /* the next entry that has changed since it was counted */
	uint64_t looked_ns; /* CLOCK_MONOTONIC of the last look; when it fades: live->clock_ns when it went */
	uint64_t made_at;   /* offset of the event that `site` was found by */
	unsigned moves;     /* directory_tree_moves when its path was computed */
	uint32_t further_pages, further_kept; /* further names, which count as entries of their own */
	struct live_temporary *temporary;     /* all below this directory are pages; NULL: they are not */
	enum verdict counted : 8;             /* as which it is in the tallies; VERDICT_COUNT: in none */
	enum standing standing : 8;
	enum live_place place : 8;
	bool looked : 1, missing : 1; /* the last look found it; did not find it */
	bool replaced : 1;            /* another page took its name: counted as `replaced`, not as `released` */
	bool has_changed : 1;         /* it is in the list of `changed` ones */
};

struct live_tally {
	uint64_t created, released, replaced, adopted, vanished;
	uint64_t live;          /* entries that are there */
	uint64_t looked, bytes; /* those of them that a look has found, and the space of these on disk */
};

struct live_site {
	uint64_t key;
	uint16_t api;
	const struct stack *native;        /* NULL none */
	const struct script_stack *script; /* NULL none */
	const struct process *process;     /* made the entry that was counted last */
	struct live_tally tally[STANDINGS];
	struct live_entry *oldest, *newest, *next_look; /* entries that are there; NULL none */
	struct growth growth[2];                        /* of live_shown without and with show_kept */
	const char *place;                              /* for the screen: its text; NULL: not yet made */
	UT_hash_handle hh;
};

struct live_options {
	const char *const *pages, *const *not_pages; /* as in struct rules; must outlive the view, as all here */
	const char *sysroot, *const *debug_dirs;
	struct disk *disk;
	uint64_t period_ns; /* between samples */
	bool show_kept;     /* entries that are no pages count, too */
};

struct live;
/*
 * Opens a view of the journal that `follow` reads. `name` is the journal's path. Borrows `follow` and what the
 * options point to, until live_close.
 */
struct live *live_open(struct follow *follow, const char *name, const struct live_options *options);
void live_close(struct live *live);

/*
 * Reads and applies more of the journal. `clock_ns`: CLOCK_MONOTONIC, for follow_read. True: there is more, call again
 * at once.
 */
bool live_read(struct live *live, uint64_t clock_ns);
/* Takes the samples that are due at `now_ns` (CLOCK_REALTIME, as in the journal). All that was read happened before. */
void live_sample(struct live *live, uint64_t now_ns);
/* Tells the view that the journal is complete: from now on an entry that a look does not find has vanished. */
void live_end(struct live *live);
/* Changes an option of live_open. */
void live_show_kept(struct live *live, bool show);
bool live_shows_kept(const struct live *live);
void live_set_period(struct live *live, uint64_t period_ns);

/*
 * Looks on disk for up to `most` entries of these sites: are they there, and how much space do they take? The look at
 * each site goes on where the last one ended. Ends after `budget_ns`.
 */
void live_look(struct live *live, struct live_site *const *sites, size_t count, size_t most, uint64_t budget_ns);

/* Looks for the newest and the oldest entries of a site, up to `most` of each. */
void live_look_ends(struct live *live, struct live_site *site, size_t most);

/* All sites that ever made anything. */
size_t live_site_count(const struct live *live);
/*
 * Writes them, in no order, to `out`, which has room for live_site_count. Returns how many. The view owns them until
 * live_close.
 */
size_t live_sites(const struct live *live, struct live_site **out);

/*
 * The counts of a site: of pages; of entries that are no pages only if the site releases most of these, or with
 * show_kept.
 */
struct live_tally live_shown(const struct live *live, const struct live_site *site);
/* Estimates the space of all entries that are there by those that a look has found. */
uint64_t live_bytes(const struct live_tally *tally);
/* The present path, NUL-terminated. Valid until the next live_read. */
const char *live_path(struct live *live, struct live_entry *entry);

/* Counts of all sites at the last sample; rates are per second. */
struct live_sum {
	struct live_tally tally;
	struct growth growth;
	uint64_t created_before, released_before;
	double created_rate, released_rate;
};
struct live_totals {
	struct live_sum sums[2]; /* without and with show_kept */
	uint64_t events, events_bad;
	double event_rate;
	uint64_t first_ns, last_ns; /* of events; 0 none */
};
/* The sum, and the growth of a site, by the present show_kept. */
const struct live_sum *live_sum(const struct live *live);
const struct growth *live_growth(const struct live *live, const struct live_site *site);
const struct live_totals *live_totals(const struct live *live);
const struct journal *live_journal(const struct live *live);
struct symbols *live_symbols(struct live *live);
struct journal_state *live_state(struct live *live);
const struct follow *live_follow(const struct live *live);

#endif
