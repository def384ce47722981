/*
 * baseline.c - parses an earlier report and matches findings. Must not use anything but the two reports.
 */
#include "findings/baseline.h"
#include "base/message.h"
#include "base/sorted_list.h"
#include "model/verdicts.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A verdict of a later version, which has no name here, counts. */
static enum verdict_counting counting_of(const char *verdict)
{
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		if (strcmp(verdict, verdict_names[i]) == 0)
			return verdict_counts[i];
	return COUNTS_ALL;
}

/*
 * Are findings of the verdict compared? Those that only the collector released are: they fail some gates. Gone, they
 * are no fix.
 */
static bool is_compared(const char *verdict)
{
	return counting_of(verdict) != COUNTS_NONE;
}

void baseline_drop_collected(struct baseline *baseline)
{
	size_t left = 0;
	for (size_t i = 0; i < baseline->count; i++)
		if (counting_of(baseline->at[i].verdict) == COUNTS_ALL)
			baseline->at[left++] = baseline->at[i];
	baseline->count = left;
}

static const char *string_in(struct arena *arena, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return json_is_string(value) ? arena_copy(arena, json_string_value(value), json_string_length(value)) : "";
}

static uint64_t number_in(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));
	return value > 0 ? (uint64_t)value : 0;
}

/* Appends findings to `out`, which has room. */
static int read_findings(struct arena *arena, const json_t *findings, struct baseline *out)
{
	size_t i;
	json_t *one;
	json_array_foreach(findings, i, one)
	{
		struct baseline_finding finding = {
			.id = string_in(arena, one, "id"),
			.verdict = string_in(arena, one, "verdict"),
			.made = string_in(arena, one, "made"),
			.template = text_of(string_in(arena, one, "template")),
			.entries = number_in(one, "entries"),
			.bytes = number_in(one, "bytes"),
		};
		if (!*finding.id)
			return error("%s: finding %zu has no id: this is no report of pageleak's", out->path, i);
		if (is_compared(finding.verdict))
			out->at[out->count++] = finding;
	}
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct baseline_finding *x = a, *y = b;
	int order = strcmp(x->id, y->id);
	return order ? order : (x->number > y->number) - (x->number < y->number);
}

void baseline_sort(struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->count; i++)
		baseline->at[i].number = i;
	if (baseline->count)
		qsort(baseline->at, baseline->count, sizeof *baseline->at, by_id);
}

int baseline_read(struct arena *arena, const char *path, const char *refusal, struct baseline *out)
{
	json_error_t problem;
	*out = (struct baseline){.path = path};
	if (access(path, R_OK))
		return error("%s: %s", path, strerror(errno));
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
	if (!root)
		return error("%s: %s: line %d: %s", path, refusal, problem.line, problem.text);
	const json_t *schema = json_object_get(root, "schema"), *findings = json_object_get(root, "findings");
	const json_t *baselined = json_object_get(root, "baselined"); /* findings that its own baseline hid */
	int result = 0;
	if (!json_is_string(schema) || strcmp(json_string_value(schema), "pageleak-report/1") ||
	    !json_is_array(findings))
		result = error("%s: %s: its schema is not pageleak-report/1", path, refusal);
	out->at = arena_take(arena, (json_array_size(findings) + json_array_size(baselined) + 1) * sizeof *out->at);
	if (!result)
		result = read_findings(arena, findings, out) || read_findings(arena, baselined, out) ? -1 : 0;
	out->complete = json_is_true(json_object_get(json_object_get(root, "coverage"), "complete"));
	json_decref(root);
	baseline_sort(out);
	return result;
}

int baseline_load(struct arena *arena, const char *path, struct baseline *out)
{
	return baseline_read(arena, path, "not a JSON report of pageleak, which a baseline is", out);
}

/* The smaller, the worse; an unknown verdict comes last. */
static int rank_of(const char *verdict)
{
	int rank = 0;
	while (rank < VERDICT_COUNT && strcmp(verdict_names[rank], verdict))
		rank++;
	return rank;
}

static size_t first_of(const struct baseline *baseline, const char *id)
{
	return COUNT_BEFORE(baseline->count, i, strcmp(baseline->at[i].id, id) < 0);
}

bool baseline_covers(const struct baseline *baseline, const char *id, const char *verdict)
{
	size_t at = first_of(baseline, id);
	while (at < baseline->count && !strcmp(baseline->at[at].id, id) &&
	       rank_of(baseline->at[at].verdict) > rank_of(verdict))
		at++;
	return at < baseline->count && !strcmp(baseline->at[at].id, id);
}

/* Marks all findings with the id: two lines of one function, or two verdicts. */
static void mark(struct baseline *baseline, const char *id)
{
	for (size_t at = first_of(baseline, id); at < baseline->count && !strcmp(baseline->at[at].id, id); at++)
		baseline->at[at].met = true;
}

static void collect_fixed(struct arena *arena, const struct baseline *baseline, struct report *report)
{
	struct fixed_finding *fixed = arena_take(arena, (baseline->count + 1) * sizeof *fixed);
	report->fixed = fixed;
	for (size_t i = 0; i < baseline->count; i++) {
		const struct baseline_finding *one = &baseline->at[i];
		if (!one->met && counting_of(one->verdict) == COUNTS_ALL)
			fixed[report->fixed_count++] = (struct fixed_finding){one->id,       one->verdict, one->made,
									      one->template, one->entries, one->bytes};
	}
}

void baseline_apply(struct arena *arena, struct baseline *baseline, struct suppressions *rules, struct report *report)
{
	size_t left = 0;
	struct suppression *rule = suppress_add(arena, rules, arena_format(arena, "baseline:%s", baseline->path));
	report->baselined = arena_take(arena, (report->finding_count + 1) * sizeof *report->baselined);
	for (size_t i = 0; i < report->finding_count; i++) {
		struct finding *finding = &report->findings[i];
		const char *verdict = verdict_names[finding->verdict];
		if (is_compared(verdict))
			mark(baseline, finding->id);
		if (is_compared(verdict) && baseline_covers(baseline, finding->id, verdict)) {
			suppress_hide_all(report, finding, rule);
			report->baselined[report->baselined_count++] = *finding;
		} else {
			report->findings[left++] = *finding;
		}
	}
	suppress_left(report, left, rules);
	collect_fixed(arena, baseline, report);
}
