/*
 * render_markdown.c - Markdown for a pull request's comment or a step's summary: a table, the worst first, and the text
 * report's block of each finding, folded. Strings of the program are hostile and escaped (markdown.h).
 */
#include "base/arena.h"
#include "base/text.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/markdown.h"
#include "render/render.h"
#include <stdlib.h>

enum { ROWS = 50 };

static void row(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding)
{
	struct finding_place place = finding_place_of(arena, report, finding);
	fprintf(out, "| %s | %zu | %llu | <code>", verdict_names[finding->verdict], finding->entries,
		(unsigned long long)finding->bytes);
	markdown_put(out, text_shown(arena, finding->template));
	fputs("</code> | <code>", out);
	markdown_put(out, place.file.size ? text_shown(arena, place.file) : finding->api ? finding->api : "?");
	if (place.line > 0)
		fprintf(out, ":%d", place.line);
	fputs("</code> | ", out);
	markdown_put(out, finding->cause ? text_shown(arena, finding->cause->detail) : "");
	fputs(" |\n", out);
}

/* Writes the block of the text report. */
static void details(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding,
		    const struct render_options *options)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	if (!memory)
		return;
	render_text_finding(arena, memory, report, finding, options);
	if (fclose(memory) == 0 && text) {
		fputs("\n<details><summary>", out);
		markdown_put(out, finding_place_story(arena, report, finding));
		fputs("</summary>\n\n<pre>\n", out);
		markdown_put_pre(out, text);
		fputs("</pre>\n</details>\n", out);
	}
	free(text);
}

static void list_fixed(struct arena *arena, FILE *out, const struct report *report,
		       const struct render_options *options)
{
	if (report->fixed_count)
		fprintf(out, "\n%zu of the baseline %s no more%s:\n\n", report->fixed_count,
			report->fixed_count == 1 ? "is" : "are",
			options->gate && options->gate->fixed ? ", which fails the gate until it is renewed" : "");
	for (size_t i = 0; i < report->fixed_count && i < ROWS; i++) {
		fputs("- <code>", out);
		markdown_put(out, text_shown(arena, report->fixed[i].template));
		fputs("</code> ", out);
		markdown_put(out, text_shown(arena, text_of(report->fixed[i].made)));
		fputc('\n', out);
	}
	if (report->fixed_count > ROWS)
		fprintf(out, "- ... and %zu more\n", report->fixed_count - ROWS);
}

int render_markdown(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	size_t total = 0, shown = 0;
	const struct total *leaked = &report->totals[VERDICT_LEAKED];
	for (size_t i = 0; i < report->finding_count; i++)
		total += render_counts(&report->findings[i], options);
	const char *clean = report->coverage.complete ? "no leaks" : "no leak was seen, but not everything was";
	fprintf(out, "### pageleak: %s\n\n",
		!total && options->failed ? "a baseline to be renewed"
		: !total                  ? clean
		: options->failed         ? "pages were left"
					  : "nothing that fails, but findings");
	fprintf(out, "%llu leaked (%llu bytes), %llu released, %zu of %zu processes audited%s.\n",
		(unsigned long long)leaked->entries, (unsigned long long)leaked->bytes,
		(unsigned long long)report->totals[VERDICT_RELEASED].entries, report->coverage.audited,
		report->coverage.processes, report->coverage.complete ? "" : "; the audit is incomplete");
	if (total)
		fputs("\n| verdict | entries | bytes | pages | made at | cause |\n| --- | ---: | ---: | --- | --- | "
		      "--- |\n",
		      out);
	for (size_t i = 0; i < report->finding_count && shown < ROWS; i++)
		if (render_counts(&report->findings[i], options)) {
			row(arena, out, report, &report->findings[i]);
			shown++;
		}
	if (shown < total)
		fprintf(out, "\n... and %zu more findings.\n", total - shown);
	shown = 0;
	for (size_t i = 0; i < report->finding_count && shown < ROWS; i++)
		if (render_counts(&report->findings[i], options)) {
			details(arena, out, report, &report->findings[i], options);
			shown++;
		}
	list_fixed(arena, out, report, options);
	return 0;
}
