/*
 * html_findings.h - findings, their pages, causes and tests as columns of the HTML report's data.
 */
#ifndef PAGELEAK_HTML_FINDINGS_H
#define PAGELEAK_HTML_FINDINGS_H

#include "base/arena.h"
#include "model/report_model.h"
#include "render/html/html_table.h"
#include "render/render.h"

/*
 * Limits of a page that a browser can hold; the page says how much is left out. PAGES: of all findings, shared out
 * evenly, the worst first; TEXT_BYTES: the size of all texts from which on no more pages are listed.
 */
enum {
	HTML_FINDINGS = 100000,
	HTML_PAGES = 100000,
	HTML_PAGES_EACH = 5000,
	HTML_SCOPES = 200000,
	HTML_TEXT_BYTES = 10 << 20
};

/* Microseconds since the audit began, -1 for 0; exact in JavaScript for centuries. */
int64_t html_findings_time(const struct report *report, uint64_t time_ns);

/* Writes the JSON members "findings", "pages", "causes" and "tests". Returns 0; -1: no memory. */
int html_findings_write(struct html_table *table, struct arena *arena, FILE *out, const struct report *report,
			const struct render_options *options);

#endif
