/*
 * findings.h - pages to findings: one per site, verdict and kind of thing; templates, fingerprints, totals, coverage, order.
 */
#ifndef PAGELEAK_FINDINGS_H
#define PAGELEAK_FINDINGS_H

#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/report_model.h"
#include "symbols/symbol.h"

struct findings_options {
	bool show_kept; /* findings for KEPT, too */
	enum mode mode;
	const struct coverage *coverage; /* goes into the report as it is */
};

/*
 * Fills `out` from judged pages. Totals count every page; findings are made for all verdicts but RELEASED (unless it took Python's
 * collector), ADOPTED and (unless show_kept) KEPT. With show_kept, ADOPTED pages that exist are findings, too: whatever is on disk is listed.
 * Ids are fingerprint.h's. Two findings of one report may have the same id: two lines
 * of one function, or two verdicts. Two calls on one line are one finding.
 */
void findings_group(struct journal *journal, struct symbols *symbols, struct pages *pages,
		    const struct findings_options *options, struct report *out);

#endif
