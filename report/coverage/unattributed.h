/*
 * unattributed.h - searches the directories for temporary files for entries that no audited process created, made while
 * an unaudited one ran.
 *
 * Other programs write to /tmp, too. So an entry is reported only when it was created during a doubt (coverage.h),
 * belongs to a user of the processes in doubt, and is in no record. Without a doubt nothing is searched.
 */
#ifndef PAGELEAK_UNATTRIBUTED_H
#define PAGELEAK_UNATTRIBUTED_H

#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

struct unattributed_search {
	uint64_t now_ns;
	bool running; /* processes are left: entries created until now count */
	uint32_t uid; /* user who started the audit */
	const struct journal *
		later; /* the journal read again while processes run: entries that it records are known, too; NULL: none */
};

/*
 * Adds the entries that it finds to `pages`, oldest first, as LEAKED and UNATTRIBUTED, and limits to `coverage`. Ends
 * after UNATTRIBUTED_ENTRIES entries or UNATTRIBUTED_NS, whichever comes first. Reads names and inodes, and the first
 * bytes of candidates, to leave out journals and reports of pageleak.
 */
enum { UNATTRIBUTED_ENTRIES = 50000, UNATTRIBUTED_NS = 500000000 };
void unattributed_find(struct journal *journal, const struct rules *rules, struct disk *disk,
		       const struct unattributed_search *survey, struct coverage *coverage, struct pages *pages);

#endif
