/*
 * render_html.c - the report as one page for a browser: report/render/html/page/page.html with style, script, data and
 * a summary for browsers without script. Strings of the journal go into the data (html_data.h) or are escaped by xml.h;
 * the page's policy allows the one script and the one style that are built in, by their hashes, and no network.
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/text.h"
#include "base/version.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/html/html_data.h"
#include "render/xml.h"
#include <string.h>

enum { NOSCRIPT_FINDINGS = 100 };

#define EMBED(name, file)                                                                                              \
	extern const char name[], name##_end[];                                                                        \
	__asm__(".pushsection .rodata\n"                                                                               \
		".globl " #name "\n.hidden " #name "\n.globl " #name "_end\n.hidden " #name "_end\n" #name ":\n"       \
		".incbin \"" file "\"\n" #name "_end:\n.byte 0\n.popsection\n")

EMBED(html_page, "report/render/html/page/page.html");
EMBED(html_style, HTML_DIR "/style.css");
EMBED(html_style_hash, HTML_DIR "/style.sha256");
EMBED(html_script, HTML_DIR "/script.js");
EMBED(html_script_hash, HTML_DIR "/script.sha256");

struct filling {
	struct arena *arena;
	FILE *out;
	const struct report *report;
	const struct render_options *options;
};

static int plain(FILE *out, const char *at, const char *end)
{
	fwrite(at, 1, (size_t)(end - at), out);
	return 0;
}

static int fill_style(const struct filling *filling)
{
	return plain(filling->out, html_style, html_style_end);
}

static int fill_style_hash(const struct filling *filling)
{
	return plain(filling->out, html_style_hash, html_style_hash_end);
}

static int fill_script(const struct filling *filling)
{
	return plain(filling->out, html_script, html_script_end);
}

static int fill_script_hash(const struct filling *filling)
{
	return plain(filling->out, html_script_hash, html_script_hash_end);
}

static int fill_version(const struct filling *filling)
{
	fputs(PAGELEAK_VERSION, filling->out);
	return 0;
}

static int fill_data(const struct filling *filling)
{
	return html_data_write(filling->arena, filling->out, filling->report, filling->options);
}

/* ---- in words ---- */

static const char *counted(struct arena *arena, uint64_t count, const char *one, const char *many)
{
	return arena_format(arena, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

static const char *headline(struct arena *arena, const struct report *report, const struct render_options *options)
{
	const struct total *leaked = &report->totals[VERDICT_LEAKED];
	size_t listed = 0;
	for (size_t i = 0; i < report->finding_count; i++)
		listed += render_counts(&report->findings[i], options);
	if (leaked->entries)
		return arena_format(arena, "%s leaked, %s", counted(arena, leaked->entries, "page", "pages"),
				    counted(arena, leaked->bytes, "byte", "bytes"));
	if (listed)
		return arena_format(arena, "no page leaked; %s", counted(arena, listed, "finding", "findings"));
	if (options->gate && options->gate->fixed && report->fixed_count)
		return "no leaks, but the baseline is to be renewed";
	return report->coverage.complete ? "no leaks" : "no leak was seen, but not everything was";
}

static int fill_title(const struct filling *filling)
{
	xml_content(filling->out, text_of(headline(filling->arena, filling->report, filling->options)));
	return 0;
}

static void paragraph(FILE *out, const char *tag, const char *text)
{
	fprintf(out, "<%s>", tag);
	xml_content(out, text_of(text));
	fprintf(out, "</%s>\n", tag);
}

static int fill_noscript(const struct filling *filling)
{
	struct arena *arena = filling->arena;
	const struct report *report = filling->report;
	size_t shown = 0, left = 0;
	paragraph(filling->out, "h1", headline(arena, report, filling->options));
	struct text command = text_of(render_command(arena, report));
	command.size = command.size > 1000 ? 1000 : command.size;
	paragraph(filling->out, "p", text_shown(arena, command));
	if (!report->coverage.complete)
		paragraph(filling->out, "p",
			  arena_format(arena, "The audit is incomplete: %zu of %s audited, %s lost.",
				       report->coverage.audited,
				       counted(arena, report->coverage.processes, "process", "processes"),
				       counted(arena, report->coverage.events_lost, "event", "events")));
	fputs("<table><tr><th>verdict</th><th>pages</th><th>bytes</th></tr>\n", filling->out);
	for (int i = 0; i < VERDICT_COUNT; i++)
		fprintf(filling->out, "<tr><td>%s</td><td>%llu</td><td>%llu</td></tr>\n", verdict_names[i],
			(unsigned long long)report->totals[i].entries, (unsigned long long)report->totals[i].bytes);
	fputs("</table>\n<ol>\n", filling->out);
	for (size_t i = 0; i < report->finding_count; i++) {
		if (!render_counts(&report->findings[i], filling->options))
			continue;
		if (shown++ < NOSCRIPT_FINDINGS)
			paragraph(filling->out, "li", finding_place_story(arena, report, &report->findings[i]));
		else
			left++;
	}
	fputs("</ol>\n", filling->out);
	if (left)
		paragraph(filling->out, "p", arena_format(arena, "... and %zu more", left));
	return 0;
}

/* ---- the page ---- */

static const struct {
	const char *name;
	int (*fill)(const struct filling *filling);
} places[] = {
	{"title", fill_title},       {"version", fill_version},
	{"style", fill_style},       {"style-hash", fill_style_hash},
	{"noscript", fill_noscript}, {"script-hash", fill_script_hash},
	{"data", fill_data},         {"script", fill_script},
};

static int fill(const struct filling *filling, const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (strlen(places[i].name) == size && !memcmp(places[i].name, name, size))
			return places[i].fill(filling);
	return error("page.html has a place that nobody fills: %.*s", (int)size, name);
}

int render_html(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	struct filling filling = {arena, out, report, options};
	int result = 0;
	for (const char *at = html_page, *open; at < html_page_end; at = open) {
		open = strstr(at, "{{"); /* the embedded page ends with a NUL */
		plain(out, at, open ? open : html_page_end);
		if (!open)
			break;
		const char *close = strstr(open, "}}");
		result |= fill(&filling, open + 2, (size_t)(close - open - 2));
		open = close + 2;
	}
	return result;
}
