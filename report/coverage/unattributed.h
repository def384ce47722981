/*
 * unattributed.h - what appeared where pages lie while something of the tree was not seen: pages of nobody that was audited.
 *
 * Other programs write to /tmp, too. So an entry is only spoken of when it was born during a doubt (coverage.h), belongs to a
 * user who was at work in it, and no record knows it. Without a doubt nothing is looked at.
 */
#ifndef PAGELEAK_UNATTRIBUTED_H
#define PAGELEAK_UNATTRIBUTED_H

#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

struct unattributed_search {
	uint64_t now_ns;
	bool running; /* processes are left: what was born until now counts */
	uint32_t uid; /* who started the audit */
	const struct journal
		*later; /* of those that are left, read again: what it speaks of is somebody's, too; NULL none */
};

/*
 * Adds to `pages` what was found, oldest first, as LEAKED and UNATTRIBUTED; adds to coverage->limits what was not looked at.
 * The search ends after UNATTRIBUTED_ENTRIES entries or UNATTRIBUTED_NS, whatever comes first. Reads names and inodes only, but for the first
 * bytes of what it found: journals and reports of pageleak are no pages.
 */
enum { UNATTRIBUTED_ENTRIES = 50000, UNATTRIBUTED_NS = 500000000 };
void unattributed_find(struct journal *journal, const struct rules *rules, struct disk *disk,
		       const struct unattributed_search *survey, struct coverage *coverage, struct pages *pages);

#endif
