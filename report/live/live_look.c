/*
 * live_look.c - takes samples over time, and looks for entries on disk.
 */
#include "base/clock_ns.h"
#include "format.h"
#include "frames/site.h"
#include "live/live_internal.h"
#include "model/disk_model.h"
#include <time.h>

#define MISSING_NS UINT64_C(1000000000) /* from the first look that did not find it to the one that counts */

static void add(struct live_tally *sum, const struct live_tally *more)
{
	sum->created += more->created;
	sum->released += more->released;
	sum->replaced += more->replaced;
	sum->adopted += more->adopted;
	sum->vanished += more->vanished;
	sum->live += more->live;
	sum->looked += more->looked;
	sum->bytes += more->bytes;
}

static struct live_tally shown_as(const struct live_site *site, bool all)
{
	struct live_tally shown = site->tally[STANDS_PAGE];
	const struct live_tally *kept = &site->tally[STANDS_KEPT];
	if (all || site_is_mixed(kept->created, kept->released, kept->live))
		add(&shown, kept);
	if (all) {
		add(&shown, &site->tally[STANDS_EXCLUDED]);
		add(&shown, &site->tally[STANDS_ADOPTED]);
	}
	return shown;
}

struct live_tally live_shown(const struct live *live, const struct live_site *site)
{
	return shown_as(site, live->options.show_kept);
}

const struct growth *live_growth(const struct live *live, const struct live_site *site)
{
	return &site->growth[live->options.show_kept];
}

const struct live_sum *live_sum(const struct live *live)
{
	return &live->totals.sums[live->options.show_kept];
}

uint64_t live_bytes(const struct live_tally *tally)
{
	if (!tally->looked || tally->looked >= tally->live)
		return tally->bytes;
	return (uint64_t)((double)tally->bytes / (double)tally->looked * (double)tally->live);
}

/*
 * The rate per second of a count, over the last 10 seconds or so. A count that falls, because entries turned out not to
 * count, has rate 0.
 */
static double rate_of(double rate, uint64_t *before, uint64_t now, double seconds, bool first)
{
	double change = now > *before ? (double)(now - *before) : 0, kept = first ? 0 : 10 / (10 + seconds);
	*before = now;
	return rate * kept + change / seconds * (1 - kept);
}

static void sample_sum(struct live_sum *sum, const struct live_tally *tally, uint64_t now_ns, double seconds)
{
	bool first = sum->growth.count < 2;
	sum->tally = *tally;
	growth_sample(&sum->growth, now_ns, tally->live);
	sum->created_rate = rate_of(sum->created_rate, &sum->created_before, tally->created, seconds, first);
	sum->released_rate =
		rate_of(sum->released_rate, &sum->released_before, tally->released + tally->replaced, seconds, first);
}

static void sample_all(struct live *live, uint64_t now_ns, double seconds)
{
	struct live_totals *totals = &live->totals;
	live_settle(live);
	bool first = totals->sums[0].growth.count < 2;
	struct live_tally sums[2] = {{0}};
	for (struct live_site *site = live->sites; site; site = site->hh.next)
		for (int all = 0; all < 2; all++) {
			struct live_tally shown = shown_as(site, all);
			growth_sample(&site->growth[all], now_ns, shown.live);
			add(&sums[all], &shown);
		}
	totals->event_rate = rate_of(totals->event_rate, &live->events_before, totals->events, seconds, first);
	for (int all = 0; all < 2; all++)
		sample_sum(&totals->sums[all], &sums[all], now_ns, seconds);
}

/* Takes at most GROWTH_SAMPLES samples: of a long time in which nothing happened those at its end. */
void live_sample(struct live *live, uint64_t now_ns)
{
	uint64_t period = live->options.period_ns;
	if (!live->sampled_ns)
		live->sampled_ns = live->totals.first_ns && live->totals.first_ns < now_ns ? live->totals.first_ns
				   : now_ns > period                                       ? now_ns - period
											   : 1;
	uint64_t due = now_ns > live->sampled_ns ? (now_ns - live->sampled_ns) / period : 0;
	uint64_t skipped = due > GROWTH_SAMPLES ? due - GROWTH_SAMPLES : 0;
	for (uint64_t at = live->sampled_ns + skipped * period; due > skipped; due--) {
		at += period;
		sample_all(live, at, (double)(at - live->sampled_ns) / 1e9);
		live->sampled_ns = at;
	}
}

void live_end(struct live *live)
{
	live->ended = live->stale = true;
	live_settle_moves(live);
}

void live_show_kept(struct live *live, bool show)
{
	live->options.show_kept = show;
}

bool live_shows_kept(const struct live *live)
{
	return live->options.show_kept;
}

void live_set_period(struct live *live, uint64_t period_ns)
{
	live->options.period_ns = period_ns;
}

/* ---- the disk ---- */

static void look_at_entry(struct live *live, struct live_entry *entry)
{
	bool found = live_entry_look(live, entry), missed_before = entry->missing;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	entry->missing = !found;
	if (found || (!missed_before && !live->ended)) /* its removal may be in the journal, unread */
		entry->looked_ns = now;
	else if (live->ended || now - entry->looked_ns >= MISSING_NS)
		live_entry_vanish(live, entry);
}

static uint64_t entries_of(const struct live_site *site)
{
	uint64_t count = 0;
	for (int i = 0; i < STANDINGS; i++)
		count += site->tally[i].live;
	return count;
}

/* Begins with the last site: those have few entries, and the looks that they do not need go to the others. */
void live_look(struct live *live, struct live_site *const *sites, size_t count, size_t most, uint64_t budget_ns)
{
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	for (size_t i = count; i-- > 0 && clock_ns(CLOCK_MONOTONIC) - began < budget_ns;) {
		struct live_site *site = sites[i];
		uint64_t share = most / (i + 1), all = entries_of(site);
		if (share > all)
			share = all;
		most -= share;
		for (; share && site->oldest && (share % 16 || clock_ns(CLOCK_MONOTONIC) - began < budget_ns);
		     share--) {
			struct live_entry *entry = site->next_look ? site->next_look : site->oldest;
			site->next_look = entry->newer;
			look_at_entry(live, entry);
		}
	}
}

void live_look_ends(struct live *live, struct live_site *site, size_t most)
{
	struct live_entry *entry = site->newest, *next;
	for (size_t i = 0; entry && i < most; i++, entry = next) {
		next = entry->older;
		look_at_entry(live, entry);
	}
	entry = site->oldest;
	for (size_t i = 0; entry && i < most; i++, entry = next) {
		next = entry->newer;
		look_at_entry(live, entry);
	}
}
