/*
 * findings.h - groups judged pages into findings: one for each creation site, verdict and type of owner.
 */
#ifndef PAGELEAK_FINDINGS_H
#define PAGELEAK_FINDINGS_H

#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/report_model.h"
#include "symbols/symbol.h"

struct findings_options {
	bool show_kept; /* make findings for KEPT pages, too */
	enum mode mode;
	const struct coverage *coverage; /* copied into the report */
};

/*
 * Fills `out` from judged pages: findings, worst first, with templates, ids (fingerprint.h) and causes, and totals of
 * all pages. Findings are made for all verdicts but RELEASED (unless only the garbage collector released the page),
 * ADOPTED and KEPT; with show_kept also for KEPT and ADOPTED pages that exist. Two findings may have the same id: two
 * lines of one function, or two verdicts. Two calls on one line are one finding. All memory is of journal->arena.
 */
void findings_group(struct journal *journal, struct symbols *symbols, struct pages *pages,
		    const struct findings_options *options, struct report *out);

#endif
