/*
 * live.h - what a growing journal says is on disk now, by site.
 *
 * follow -> references, events -> entries (one for each name on disk) -> sites (one for each creation stack), with their growth.
 *
 * What makes an entry a page are the report's own rules (judge.h, site_is_mixed). Three things differ from the report, which sees
 * the whole journal and the disk: an entry is taken to be there until its removal is read or a look at it (live_look) does not
 * find it; whether a site releases others of a kind is asked of the site alone, not of the template; and every removal counts
 * for that, also one that makes room for the next file of that name, or is another program's (mixed.h).
 *
 * Memory: entries that are there, sites with the stacks that made them, and processes; nothing for an event.
 */
#ifndef PAGELEAK_LIVE_H
#define PAGELEAK_LIVE_H

#include "format.h"
#include "journal/follow_references.h"
#include "live/growth.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"
#include <uthash.h>

/* What an entry counts as. EXCLUDED: nothing, for the user's own rules say so. */
enum standing { STANDS_PAGE, STANDS_KEPT, STANDS_EXCLUDED, STANDINGS };

struct live_entry {
	struct identity identity;
	struct live_site *site;
	struct live_entry *older, *newer; /* of the same site */
	const struct process *process;
	uint64_t made_ns, looked_ns, bytes;
	char *path, *other; /* absolute; other: a second name, NULL none */
	uint32_t tid;
	uint32_t owed;  /* earlier lives of this identity whose removal was not read yet */
	unsigned moves; /* directories' moves that `path` knows of */
	enum standing standing : 8;
	uint8_t made_kind; /* EVENT_MADE, or what first spoke of it */
	bool certain : 1, lasting : 1, looked : 1;
	bool missing : 1; /* a look did not find it */
	UT_hash_handle hh;
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
	struct live_entry *oldest, *newest, *next_look;
	struct growth growth[2]; /* of pages; of all entries: see live_growth */
	const char *place;       /* for the screen's own use; NULL not looked up */
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
 * Looks at up to `most` entries of these sites on disk: what they take, and whether they are there. Those that were looked at
 * longest ago come first. Stops after `budget_ns`.
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
struct references *live_references(struct live *live);

#endif
