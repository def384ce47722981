/*
 * verdict.h - replays a journal's events into pages and says what became of each. See DESIGN's table of verdicts.
 */
#ifndef PAGELEAK_VERDICT_H
#define PAGELEAK_VERDICT_H

#include "base/text.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "symbols/symbol.h"
#include <sys/types.h>

/* Every page of the journal, verdict and all, in order of creation. */
void verdict_judge(struct journal *journal, struct symbols *symbols, const struct rules *rules, struct disk *disk,
		   struct pages *out);

#endif
