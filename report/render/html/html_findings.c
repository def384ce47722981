/*
 * html_findings.c - writes findings and pages as columns; each column is a row of FINDING_TABLE or PAGE_TABLE.
 */
#include "render/html/html_findings.h"
#include "base/text.h"
#include "findings/suppression_text.h"
#include "frames/languages.h"
#include "journal/function_names.h"
#include "judge/test_scope.h"
#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "render/json/json_report.h"
#include <stdlib.h>

struct listed {
	struct html_table *table;
	struct arena *arena;
	const struct report *report;
	const struct render_options *options;
	const struct finding **findings;
	size_t count, left_out;
	const struct page **pages;
	int64_t *pages_of; /* how many of each finding's */
	size_t page_count;
	int64_t *values; /* room for a column */
};

int64_t html_findings_time(const struct report *report, uint64_t time_ns)
{
	return time_ns ? ((int64_t)(time_ns / 1000) - (int64_t)(report->started_ns / 1000)) : -1;
}

static int64_t name(struct listed *listed, const char *name)
{
	return name ? html_table_text(listed->table, text_of(name)) : -1;
}

static int64_t integer(uint64_t value)
{
	return value < 1ull << 53 ? (int64_t)value : 1ll << 53; /* exact in JavaScript */
}

/* ---- a finding ---- */

#define FINDING_COLUMN(id, expression)                                                                                 \
	static int64_t finding_##id(struct listed *listed, const struct finding *finding)                              \
	{                                                                                                              \
		(void)listed;                                                                                          \
		return expression;                                                                                     \
	}
#define RELEASE(expression) (finding->release ? (int64_t)(expression) : -1)

/* Texts, processes and stacks by number. */
#define FINDING_TABLE(X)                                                                                               \
	X(id, name(listed, finding->id))                                                                               \
	X(verdict, name(listed, verdict_names[finding->verdict]))                                                      \
	X(judged, name(listed, json_judged_name(finding->judged)))                                                     \
	X(alarms, render_counts(finding, listed->options))                                                             \
	X(entries, integer(finding->entries))                                                                          \
	X(bytes, integer(finding->bytes))                                                                              \
	X(tops, integer(finding->tops))                                                                                \
	X(template, html_table_text(listed->table, finding->template))                                                 \
	X(site_created, integer(finding->site_created))                                                                \
	X(site_released, integer(finding->site_released))                                                              \
	X(owner, html_table_process(listed->table, finding->owner))                                                    \
	X(tid, finding->owner ? (int64_t)finding->tid : -1)                                                            \
	X(object_type, finding->object ? html_table_text(listed->table, finding->object->type) : -1)                   \
	X(object_alive, finding->object && finding->object_known ? finding->object_alive : -1)                         \
	X(api, name(listed, finding->api))                                                                             \
	X(raw, finding->api_raw)                                                                                       \
	X(python, html_table_script(listed->table, finding->script))                                                   \
	X(native, html_table_native(listed->table, finding->native, finding->script))                                  \
	X(merged, html_table_merged(listed->table, finding->script, finding->native))                                  \
	X(own, html_table_own(listed->table, finding->native, finding->script))                                        \
	X(language, finding->script && finding->script->count ? name(listed, language_of(finding->script)->name) : -1) \
	X(release_process, RELEASE(html_table_process(listed->table, finding->release->process)))                      \
	X(release_tid, RELEASE(finding->release->tid))                                                                 \
	X(release_api, RELEASE(name(listed, function_names_at(finding->release->api))))                                \
	X(release_phase, RELEASE(name(listed, json_phase_name(finding->phase))))                                       \
	X(release_by, name(listed, finding->release_by))                                                               \
	X(release_trigger, name(listed, finding->release_trigger))                                                     \
	X(release_time, RELEASE(html_findings_time(listed->report, finding->release->time_ns)))                        \
	X(release_python, RELEASE(html_table_script(listed->table, finding->release->script)))                         \
	X(release_language, finding->release && finding->release->script && finding->release->script->count            \
				    ? name(listed, language_of(finding->release->script)->name)                        \
				    : -1)                                                                              \
	X(release_native,                                                                                              \
	  RELEASE(html_table_native(listed->table, finding->release_native, finding->release->script)))                \
	X(below_left, integer(finding->below.left))                                                                    \
	X(below_removed, integer(finding->below.removed))                                                              \
	X(removed_before, html_findings_time(listed->report, finding->below.removed_before_ns))                        \
	X(rule, name(listed, suppression_text_for(listed->arena, finding)))

FINDING_TABLE(FINDING_COLUMN)

static const struct {
	const char *name;
	int64_t (*of)(struct listed *listed, const struct finding *finding);
} finding_columns[] = {
#define X(id, expression) {#id, finding_##id},
	FINDING_TABLE(X)
#undef X
};

/* A page that no audited process made has no creation event. */
static int64_t page_created(struct listed *listed, const struct page *page)
{
	return html_findings_time(listed->report, page->made       ? page->made->time_ns
						  : page->stranger ? page->stranger->born_ns
								   : 0);
}

/* ---- a page ---- */

#define PAGE_COLUMN(id, expression)                                                                                    \
	static int64_t page_##id(struct listed *listed, const struct page *page)                                       \
	{                                                                                                              \
		(void)listed;                                                                                          \
		return expression;                                                                                     \
	}

static struct text directory_of(struct text path)
{
	return (struct text){path.at, path.size - text_basename(path).size};
}

/* The directory ends with its slash. */
#define PAGE_TABLE(X)                                                                                                  \
	X(directory, html_table_text(listed->table, directory_of(page->path)))                                         \
	X(name, html_table_text(listed->table, text_basename(page->path)))                                             \
	X(kind, name(listed, json_kind_name(page->kind)))                                                              \
	X(bytes, integer(page->bytes))                                                                                 \
	X(made, page_created(listed, page))                                                                            \
	X(process, page->made ? html_table_process(listed->table, page->made->process) : -1)                           \
	X(renamed_from, html_table_text(listed->table, page->renamed_from))                                            \
	X(exists, page->exists)                                                                                        \
	X(below, page->top != NULL)

PAGE_TABLE(PAGE_COLUMN)

static const struct {
	const char *name;
	int64_t (*of)(struct listed *listed, const struct page *page);
} page_columns[] = {
#define X(id, expression) {#id, page_##id},
	PAGE_TABLE(X)
#undef X
};

static void list_pages(struct listed *listed)
{
	static const size_t steps[] = {HTML_PAGES_EACH, 2000, 1000, 300, 100, 30, 10, 3, 1};
	size_t each = 1, sum = 0;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		sum = 0;
		for (size_t k = 0; k < listed->count; k++)
			sum += listed->findings[k]->entries < steps[i] ? listed->findings[k]->entries : steps[i];
		if (sum <= HTML_PAGES) {
			each = steps[i];
			break;
		}
	}
	listed->pages = arena_take(listed->arena, ((sum < HTML_PAGES ? sum : HTML_PAGES) + 1) * sizeof *listed->pages);
	listed->pages_of = arena_take(listed->arena, (listed->count + 1) * sizeof *listed->pages_of);
	for (size_t i = 0; i < listed->count; i++) {
		const struct finding *finding = listed->findings[i];
		for (size_t k = 0; k < finding->entries && k < each && listed->page_count < HTML_PAGES; k++) {
			const struct page *page = finding->pages[k];
			if (html_table_text_bytes(listed->table) > HTML_TEXT_BYTES)
				return;
			html_table_text(listed->table, directory_of(page->path));
			html_table_text(listed->table, text_basename(page->path));
			html_table_text(listed->table, page->renamed_from);
			listed->pages[listed->page_count++] = page;
			listed->pages_of[i]++;
		}
	}
}

static void write_pages(struct listed *listed, FILE *out)
{
	fprintf(out, "\"pages\":{\"count\":%zu", listed->page_count);
	for (size_t column = 0; column < sizeof page_columns / sizeof *page_columns; column++) {
		for (size_t i = 0; i < listed->page_count; i++)
			listed->values[i] = page_columns[column].of(listed, listed->pages[i]);
		html_table_column(out, page_columns[column].name, listed->values, listed->page_count);
	}
	fputs("},\n", out);
}

/* ---- causes, holders, strangers: few have them, so by the finding's number ---- */

static int write_causes(struct listed *listed, FILE *out)
{
	int result = 0;
	const char *comma = "";
	fputs("\"causes\":{", out);
	for (size_t i = 0; i < listed->count; i++) {
		const struct cause *cause = listed->findings[i]->cause;
		if (!cause)
			continue;
		fprintf(out, "%s\n\"%zu\":[%d,%d,%d,%d", comma, i, (int)name(listed, json_cause_name(cause->kind)),
			html_table_text(listed->table, cause->detail), html_table_text(listed->table, cause->advice),
			(int)name(listed, json_moment_name(cause->moment)));
		for (size_t k = 0; k < cause->chain_count; k++)
			fprintf(out, ",%d", html_table_text(listed->table, cause->chain[k]));
		fputc(']', out);
		comma = ",";
	}
	fputs("},\n\"holders\":{", out);
	comma = "";
	for (size_t i = 0; i < listed->count; i++) {
		size_t shown = 0;
		for (size_t k = 0; k < listed->findings[i]->entries && shown < 5; k++)
			for (const struct holder *at = listed->findings[i]->pages[k]->holders; at && shown < 5;
			     at = at->next) {
				if (!shown)
					fprintf(out, "%s\n\"%zu\":[", comma, i);
				comma = ",";
				fprintf(out, shown++ ? ",[%u,%d,%d,%d]" : "[%u,%d,%d,%d]", at->pid,
					html_table_text(listed->table, at->exe), at->descriptor,
					html_table_text(listed->table, listed->findings[i]->pages[k]->path));
			}
		if (shown)
			fputc(']', out);
	}
	fputs("},\n", out);
	return result;
}

/* The unaudited programs that ran when it was created: [uid, how many, [pid, program, reason]...]. */
static void write_strangers(struct listed *listed, FILE *out)
{
	const char *comma = "";
	fputs("\"strangers\":{", out);
	for (size_t i = 0; i < listed->count; i++) {
		const struct stranger *stranger = listed->findings[i]->stranger;
		if (!stranger)
			continue;
		fprintf(out, "%s\n\"%zu\":[%u,%zu", comma, i, stranger->uid, stranger->doubt_count);
		for (size_t k = 0; k < stranger->doubt_count && k < 6; k++) {
			const struct doubt *doubt = stranger->doubts[k];
			fprintf(out, ",[%d,%d,%d]", doubt->process ? (int)doubt->process->pid : -1,
				doubt->process ? html_table_text(listed->table, doubt->process->exe) : -1,
				(int)name(listed, doubt->reason));
		}
		fputc(']', out);
		comma = ",";
	}
	fputs("},\n", out);
}

/* ---- tests and other scopes: how many pages of each finding every one made ---- */

struct scope_count {
	int32_t scope;
	size_t entries;
	uint64_t bytes;
};

static int by_scope(const void *a, const void *b)
{
	const struct scope_count *x = a, *y = b;
	return x->scope < y->scope ? -1 : x->scope > y->scope;
}

/* Counts the pages of `finding` by scope into `out`, which has room for all. Returns the number of scopes. */
static size_t count_scopes(struct listed *listed, const struct finding *finding, struct scope_count *out)
{
	struct test_scope_memo memo = {0};
	size_t count = 0, scopes = 0;
	for (size_t i = 0; i < finding->entries; i++) {
		const struct page *page = finding->pages[i];
		struct text scope = page->made ? test_scope_of(listed->arena, page->made, &memo) : text_none();
		int32_t number = html_table_text(listed->table, scope);
		if (number < 0)
			continue;
		if (count && out[count - 1].scope == number) {
			out[count - 1].entries++;
			out[count - 1].bytes += page->bytes;
		} else {
			out[count++] = (struct scope_count){number, 1, page->bytes};
		}
	}
	qsort(out, count, sizeof *out, by_scope);
	for (size_t i = 0; i < count; i++) {
		if (!scopes || out[scopes - 1].scope != out[i].scope) {
			out[scopes++] = out[i];
			continue;
		}
		out[scopes - 1].entries += out[i].entries;
		out[scopes - 1].bytes += out[i].bytes;
	}
	return scopes;
}

/* "scopes": [finding, scope, entries, bytes]... in one list; "tests": those that made pages, clean ones as well. */
static void write_scopes(struct listed *listed, FILE *out)
{
	size_t written = 0, most = 1, left_out = 0;
	for (size_t i = 0; i < listed->count; i++)
		if (listed->findings[i]->scope_count && listed->findings[i]->entries > most)
			most = listed->findings[i]->entries;
	struct scope_count *counts = malloc(most * sizeof *counts);
	fputs("\"scopes\":[", out);
	for (size_t i = 0; counts && i < listed->count; i++) {
		size_t scopes =
			listed->findings[i]->scope_count ? count_scopes(listed, listed->findings[i], counts) : 0;
		for (size_t k = 0; k < scopes; k++) {
			if (written == HTML_SCOPES) {
				left_out++;
				continue;
			}
			fprintf(out, written++ ? ",\n%zu,%d,%zu,%llu" : "%zu,%d,%zu,%llu", i, counts[k].scope,
				counts[k].entries, (unsigned long long)counts[k].bytes);
		}
	}
	free(counts);
	fprintf(out, "],\n\"scopes_left_out\":%zu,\n\"tests\":[", left_out);
	for (size_t i = 0; i < listed->report->test_count && i < HTML_SCOPES; i++)
		fprintf(out, i ? ",%d" : "%d", html_table_text(listed->table, listed->report->tests[i]));
	fputs("],\n", out);
}

/* ---- all of it ---- */

static void list_findings(struct listed *listed, const struct render_options *options)
{
	const struct report *report = listed->report;
	listed->findings = arena_take(listed->arena, (report->finding_count + 1) * sizeof *listed->findings);
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct finding *finding = &report->findings[i];
		if (finding->verdict == VERDICT_RELEASED && !options->collected)
			continue;
		if (listed->count < HTML_FINDINGS)
			listed->findings[listed->count++] = finding;
		else
			listed->left_out++;
	}
}

int html_findings_write(struct html_table *table, struct arena *arena, FILE *out, const struct report *report,
			const struct render_options *options)
{
	struct listed listed = {.table = table, .arena = arena, .report = report, .options = options};
	list_findings(&listed, options);
	list_pages(&listed);
	listed.values = arena_take(arena, ((listed.count > listed.page_count ? listed.count : listed.page_count) + 1) *
						  sizeof *listed.values);
	fprintf(out, "\"findings_left_out\":%zu,\n\"findings\":{\"count\":%zu", listed.left_out, listed.count);
	for (size_t column = 0; column < sizeof finding_columns / sizeof *finding_columns; column++) {
		for (size_t i = 0; i < listed.count; i++)
			listed.values[i] = finding_columns[column].of(&listed, listed.findings[i]);
		html_table_column(out, finding_columns[column].name, listed.values, listed.count);
	}
	html_table_column(out, "listed", listed.pages_of, listed.count);
	fputs("},\n", out);
	write_pages(&listed, out);
	write_strangers(&listed, out);
	write_scopes(&listed, out);
	return write_causes(&listed, out);
}
