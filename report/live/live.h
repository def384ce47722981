/*
 * live.h - what a growing journal says is on disk now, by site.
 *
 * follow -> journal state, events -> replay -> entries (pages, with what the view knows of each) -> sites (one for each
 * creation stack), with their growth.
 *
 * Pages are those of the report: the same replay makes them, and the same rules say what they stand for (standing.h).
 * What is still to come is unknown: an entry is taken to be there until its removal is read or a look at it (live_look)
 * does not find it. Whether a site releases others of a kind is asked of the site alone, not of the template, and every
 * removal counts for that (site_habits.h).
 *
 * Memory: entries that are there and the last few that went, sites with the stacks that made them, and processes;
 * nothing for an event.
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
 * What an entry counts as. EXCLUDED: nothing, for the user's own rules say so. ADOPTED: it was a page, and is an
 * output.
 */
enum standing { STANDS_PAGE, STANDS_KEPT, STANDS_EXCLUDED, STANDS_ADOPTED, STANDINGS };

/* Which of the live view's lists an entry is in. */
enum live_place { LIVE_NOWHERE, LIVE_AT_SITE, LIVE_ASIDE, LIVE_FADING };

struct live_entry {
	struct tracked tracked;               /* first */
	struct live_site *site;               /* NULL: not yet known */
	struct live_entry *older, *newer;     /* of the same list: of the same site while it is there */
	struct live_entry *changed;           /* the next that has changed since it was counted */
	uint64_t looked_ns;                   /* on disk; of the reading clock when it went */
	uint64_t made_at;                     /* offset of the event that `site` is of */
	unsigned moves;                       /* of directories, that its path knows of */
	uint32_t further_pages, further_kept; /* names but for its path, as entries of their own */
	struct live_temporary *temporary;     /* it makes pages of what is below it; NULL: it does not */
	enum verdict counted : 8;             /* VERDICT_COUNT: not at all */
	enum standing standing : 8;
	enum live_place place : 8;
	bool looked : 1, missing : 1; /* a look found it; did not find it */
	bool replaced : 1;            /* counted as released by another that took its name */
	bool has_changed : 1;
};

struct live_tally {
	uint64_t created, released, replaced, adopted, vanished;
	uint64_t live;
	uint64_t looked, bytes; /* of those that are there: how many were looked at, and what these take */
};

struct live_site {
	uint64_t key;
	uint16_t api;
	const struct stack *native;        /* NULL none */
	const struct script_stack *script; /* NULL none */
	const struct process *process;     /* that made the latest */
	struct live_tally tally[STANDINGS];
	struct live_entry *oldest, *newest, *next_look; /* of those that are there */
	struct growth growth[2];                        /* of pages; of all entries: see live_growth */
	const char *place;                              /* for the screen's own use; NULL not looked up */
	UT_hash_handle hh;
};

struct live_options {
	const char *const *pages, *const *not_pages; /* as in struct rules */
	const char *sysroot, *const *debug_dirs;
	struct disk *disk;
	uint64_t period_ns; /* between samples */
	bool show_kept;     /* count what is no page, too */
};

struct live;
/* `follow` must outlive it. */
struct live *live_open(struct follow *follow, const char *name, const struct live_options *options);
void live_close(struct live *live);

/* Reads on. `clock_ns`: for follow_read. True: call again at once, there is more. */
bool live_read(struct live *live, uint64_t clock_ns);
/* The time is `now_ns` (of the journal's clock, CLOCK_REALTIME) and all that was read happened before it. */
void live_sample(struct live *live, uint64_t now_ns);
/* Nothing will come any more: what a look does not find has vanished. */
void live_end(struct live *live);
/* From now on. */
void live_show_kept(struct live *live, bool show);
bool live_shows_kept(const struct live *live);
void live_set_period(struct live *live, uint64_t period_ns);

/*
 * Looks at up to `most` entries of these sites on disk: what they take, and whether they are there. Those that were
 * looked at longest ago come first. Stops after `budget_ns`.
 */
void live_look(struct live *live, struct live_site *const *sites, size_t count, size_t most, uint64_t budget_ns);

/* At the newest and the oldest of one site. */
void live_look_ends(struct live *live, struct live_site *site, size_t most);

/* All sites that ever made anything, in no order. */
size_t live_site_count(const struct live *live);
size_t live_sites(const struct live *live, struct live_site **out);

/* What the view counts of a site: pages; what is no page when its site releases most of such, or with show_kept. */
struct live_tally live_shown(const struct live *live, const struct live_site *site);
/* Of all that are there: what those that were looked at suggest. */
uint64_t live_bytes(const struct live_tally *tally);
/* The path as directories' moves have left it. Good until the next live_read. */
const char *live_path(struct live *live, struct live_entry *entry);

/* Of all sites, at the last sample. */
struct live_sum {
	struct live_tally tally;
	struct growth growth;
	uint64_t created_before, released_before;
	double created_rate, released_rate;
};
struct live_totals {
	struct live_sum sums[2]; /* of pages; of all entries */
	uint64_t events, events_bad;
	double event_rate;
	uint64_t first_ns, last_ns; /* of events; 0 none */
};
/* Of what the view counts. */
const struct live_sum *live_sum(const struct live *live);
const struct growth *live_growth(const struct live *live, const struct live_site *site);
const struct live_totals *live_totals(const struct live *live);
const struct journal *live_journal(const struct live *live);
struct symbols *live_symbols(struct live *live);
struct journal_state *live_state(struct live *live);
const struct follow *live_follow(const struct live *live);

#endif
