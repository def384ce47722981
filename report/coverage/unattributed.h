/*
 * unattributed.h - what appeared where pages lie while something of the tree was not seen: pages of nobody that was audited.
 *
 * Other programs write to /tmp, too. So an entry is only spoken of when it was born during a doubt (coverage.h), belongs to a
 * user who was at work in it, and no record knows it. Without a doubt nothing is looked at.
 */
#ifndef PAGELEAK_SURVEY_H
#define PAGELEAK_SURVEY_H

#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

struct survey {
	uint64_t now_ns;
	bool running; /* processes are left: what was born until now counts */
	uint32_t uid; /* who started the audit */
	const struct journal
		*later; /* of those that are left, read again: what it speaks of is somebody's, too; NULL none */
};

/*
 * Adds to `pages` what was found, oldest first, as LEAKED and UNATTRIBUTED; adds to coverage->limits what was not looked at.
 * The search ends after SURVEY_ENTRIES entries or SURVEY_NS, whatever comes first. Reads names and inodes only, but for the first
 * bytes of what it found: journals and reports of pageleak are no pages.
 */
enum { SURVEY_ENTRIES = 50000, SURVEY_NS = 500000000 };
void survey_unattributed(struct journal *journal, const struct rules *rules, struct disk *disk,
			 const struct survey *survey, struct coverage *coverage, struct pages *pages);

#endif
