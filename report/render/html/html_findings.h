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
 * What a page for a browser can hold; what is left out is counted in it. PAGES: in all, of the worst findings first and of each
 * finding evenly; TEXT_BYTES: no more pages are listed once all texts together have as many.
 */
enum {
	HTML_FINDINGS = 100000,
	HTML_PAGES = 100000,
	HTML_PAGES_EACH = 5000,
	HTML_SCOPES = 200000,
	HTML_TEXT_BYTES = 10 << 20
};

/* Times are microseconds from here; exact in JavaScript for centuries. */
int64_t html_time(const struct report *report, uint64_t time_ns);

/* JSON members "findings", "pages", "causes" and "tests"; 0, or -1 for no memory. */
int html_findings_write(struct html_table *table, struct arena *arena, FILE *out, const struct report *report,
			const struct render_options *options);

#endif
