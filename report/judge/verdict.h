/*
 * verdict.h - replays a journal's events into pages and gives each a verdict (model/verdicts.h).
 */
#ifndef PAGELEAK_VERDICT_H
#define PAGELEAK_VERDICT_H

#include "base/text.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "symbols/symbol.h"
#include <sys/types.h>

/*
 * Fills `out` with every page of the journal and its verdict, in order of creation; without HELD, which needs a look at
 * running processes (coverage/open_descriptors.h). Memory is the journal's arena.
 */
void verdict_judge(struct journal *journal, struct symbols *symbols, const struct rules *rules, struct disk *disk,
		   struct pages *out);

#endif
