/*
 * live_look.c - what is there, over time and on disk. The only file of the live view that looks at pages.
 */
#include "live_state.h"
#include "site.h"
#include <time.h>

#define MISSING_NS UINT64_C(1000000000) /* from the first look that did not find it to the one that counts */

struct live_tally live_shown(const struct live *live, const struct live_site *site)
{
	struct live_tally shown = site->tally[STANDS_PAGE];
	const struct live_tally *kept = &site->tally[STANDS_KEPT];
	bool more[STANDINGS] = {
		[STANDS_KEPT] = live->options.show_kept || site_is_mixed(kept->created, kept->released, kept->live),
		[STANDS_EXCLUDED] = live->options.show_kept,
	};
	for (int i = STANDS_KEPT; i < STANDINGS; i++) {
		const struct live_tally *add = &site->tally[i];
		if (!more[i])
			continue;
		shown.created += add->created;
		shown.released += add->released;
		shown.replaced += add->replaced;
		shown.adopted += add->adopted;
		shown.vanished += add->vanished;
		shown.live += add->live;
		shown.looked += add->looked;
		shown.bytes += add->bytes;
	}
	return shown;
}

uint64_t live_bytes(const struct live_tally *tally)
{
	if (!tally->looked || tally->looked >= tally->live)
		return tally->bytes;
	return (uint64_t)((double)tally->bytes / (double)tally->looked * (double)tally->live);
}

/* Of counts that only grow, but for what turned out not to be one. Ten seconds or so are remembered. */
static double rate_of(double rate, uint64_t *before, uint64_t now, double seconds, bool first)
{
	double change = now > *before ? (double)(now - *before) : 0, kept = first ? 0 : 10 / (10 + seconds);
	*before = now;
	return rate * kept + change / seconds * (1 - kept);
}

static void sample_all(struct live *live, uint64_t now_ns, double seconds)
{
	struct live_tally sum = {0};
	bool first = live->totals.growth.count < 2;
	for (struct live_site *site = live->sites; site; site = site->hh.next) {
		struct live_tally shown = live_shown(live, site);
		bool new = site->growth.count < 2;
		growth_sample(&site->growth, now_ns, shown.live);
		site->created_rate = rate_of(site->created_rate, &site->created_before, shown.created, seconds, new);
		site->released_rate = rate_of(site->released_rate, &site->released_before, shown.released + shown.replaced, seconds, new);
		sum.created += shown.created;
		sum.released += shown.released;
		sum.replaced += shown.replaced;
		sum.adopted += shown.adopted;
		sum.vanished += shown.vanished;
		sum.live += shown.live;
		sum.looked += shown.looked;
		sum.bytes += live_bytes(&shown);
	}
	struct live_totals *totals = &live->totals;
	totals->shown = sum;
	growth_sample(&totals->growth, now_ns, sum.live);
	totals->event_rate = rate_of(totals->event_rate, &live->events_before, totals->events, seconds, first);
	totals->created_rate = rate_of(totals->created_rate, &live->created_before, sum.created, seconds, first);
	totals->released_rate = rate_of(totals->released_rate, &live->released_before, sum.released + sum.replaced, seconds, first);
}

/* Of a time in which nothing happened only the end is told sample by sample. */
void live_sample(struct live *live, uint64_t now_ns)
{
	uint64_t period = live->options.period_ns;
	if (!live->sampled_ns)
		live->sampled_ns = live->totals.first_ns && live->totals.first_ns < now_ns ? live->totals.first_ns : now_ns > period ? now_ns - period : 1;
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
	live->ended = true;
}

void live_show_kept(struct live *live, bool show)
{
	live->options.show_kept = show;
	for (struct live_site *site = live->sites; site; site = site->hh.next)
		site->growth = (struct growth){0};
	live->totals.growth = (struct growth){0};
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

static uint64_t clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool agrees(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode && (a->birth_ns == b->birth_ns || !a->birth_ns || !b->birth_ns);
}

static void look_at_entry(struct live *live, struct live_entry *entry)
{
	const char *path = live_path(live, entry);
	struct disk_entry found = *path ? live->options.disk->look(live->options.disk, path) : (struct disk_entry){0};
	uint64_t now = clock_now();
	if (found.exists && agrees(&found.identity, &entry->identity)) {
		entry->missing = false;
		entry->looked_ns = now;
		live_entry_looked(entry, found.bytes);
	} else if (!entry->missing && !live->ended) { /* its removal may be in the journal, unread */
		entry->missing = true;
		entry->looked_ns = now;
	} else if (*path && (live->ended || now - entry->looked_ns >= MISSING_NS)) {
		live_entry_end(live, entry, ENDS_VANISHED);
	}
}

static uint64_t entries_of(const struct live_site *site)
{
	uint64_t count = 0;
	for (int i = 0; i < STANDINGS; i++)
		count += site->tally[i].live;
	return count;
}

/* From the last one on: mostly they have few, and what they leave is for the others. */
void live_look(struct live *live, struct live_site *const *sites, size_t count, size_t most, uint64_t budget_ns)
{
	uint64_t began = clock_now();
	for (size_t i = count; i-- > 0 && clock_now() - began < budget_ns;) {
		struct live_site *site = sites[i];
		uint64_t share = most / (i + 1), all = entries_of(site);
		if (share > all)
			share = all;
		most -= share;
		for (; share && site->oldest; share--) {
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
