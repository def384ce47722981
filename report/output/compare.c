/*
 * compare.c - compares two reports and writes the result. Tells findings apart by their ids alone.
 */
#include "output/compare.h"
#include "base/version.h"
#include "base/amount.h"
#include "base/message.h"
#include "base/text.h"
#include "render/json/json_value.h"
#include "render/markdown.h"
#include <stdlib.h>
#include <string.h>

enum { UNCHANGED_SHOWN = 20 };

static const char *const change_names[] = {"new", "gone", "changed", "unchanged"};

/* ---- comparing ---- */

/* Takes all findings of the id at *at, and moves *at past them. */
static struct side take(const struct baseline *baseline, size_t *at)
{
	struct side side = {&baseline->at[*at], 0, 0};
	for (; *at < baseline->count && !strcmp(baseline->at[*at].id, side.worst->id); ++*at) {
		side.entries += baseline->at[*at].entries;
		side.bytes += baseline->at[*at].bytes;
	}
	return side;
}

static enum change change_of(const struct compared *one)
{
	if (!one->old.worst || !one->new.worst)
		return one->old.worst ? CHANGE_GONE : CHANGE_NEW;
	bool same = !strcmp(one->old.worst->verdict, one->new.worst->verdict) && one->old.entries == one->new.entries &&
		    one->old.bytes == one->new.bytes;
	return same ? CHANGE_UNCHANGED : CHANGE_CHANGED;
}

static const struct baseline_finding *latest(const struct compared *one)
{
	return one->new.worst ? one->new.worst : one->old.worst;
}

static int by_change(const void *a, const void *b)
{
	const struct compared *x = a, *y = b;
	if (x->change != y->change)
		return x->change < y->change ? -1 : 1;
	return (latest(x)->number > latest(y)->number) - (latest(x)->number < latest(y)->number);
}

void compare(struct arena *arena, const struct baseline *old, const struct baseline *new, struct comparison *out)
{
	size_t i = 0, k = 0;
	*out = (struct comparison){
		.old = old, .new = new, .at = arena_take(arena, (old->count + new->count + 1) * sizeof *out->at)};
	while (i < old->count || k < new->count) {
		int order = i == old->count ? 1 : k == new->count ? -1 : strcmp(old->at[i].id, new->at[k].id);
		struct compared *one = &out->at[out->count++];
		if (order <= 0)
			one->old = take(old, &i);
		if (order >= 0)
			one->new = take(new, &k);
		one->id = latest(one)->id;
		one->change = change_of(one);
		out->counts[one->change]++;
	}
	qsort(out->at, out->count, sizeof *out->at, by_change);
}

/* ---- text ---- */

/* "leaked, 3 entries, 24.0 KiB", with the previous value of each number that changed. */
static const char *numbers(struct arena *arena, const struct compared *one)
{
	const struct side *now = one->new.worst ? &one->new : &one->old, *before = &one->old;
	const char *text = arena_format(arena, "%s, %llu %s, %s", now->worst->verdict, (unsigned long long)now->entries,
					now->entries == 1 ? "entry" : "entries", amount_bytes(arena, now->bytes));
	if (one->change != CHANGE_CHANGED)
		return text;
	return arena_format(arena, "%s (was %s, %llu, %s)", text, before->worst->verdict,
			    (unsigned long long)before->entries, amount_bytes(arena, before->bytes));
}

static const char *headline(struct arena *arena, const struct comparison *comparison)
{
	const size_t *counts = comparison->counts;
	return arena_format(arena, "%zu new %s, %zu gone, %zu changed, %zu unchanged", counts[CHANGE_NEW],
			    counts[CHANGE_NEW] == 1 ? "finding" : "findings", counts[CHANGE_GONE],
			    counts[CHANGE_CHANGED], counts[CHANGE_UNCHANGED]);
}

static int write_text(struct arena *arena, const struct comparison *comparison, FILE *out, bool color)
{
	static const char *const colors[] = {"\033[1;31m", "\033[1;32m", "\033[1;33m", "\033[2m"};
	size_t unchanged = 0;
	fprintf(out, "pageleak: %s\n", headline(arena, comparison));
	if (comparison->count)
		fputc('\n', out);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared *one = &comparison->at[i];
		if (one->change == CHANGE_UNCHANGED && unchanged++ >= UNCHANGED_SHOWN)
			continue;
		fprintf(out, "%s%-9s%s  %s  %s\n", color ? colors[one->change] : "", change_names[one->change],
			color ? "\033[0m" : "", text_shown(arena, latest(one)->template),
			text_shown(arena, text_of(numbers(arena, one))));
		if (*latest(one)->made)
			fprintf(out, "           made by %s\n", text_shown(arena, text_of(latest(one)->made)));
	}
	if (unchanged > UNCHANGED_SHOWN)
		fprintf(out, "... and %zu more unchanged; JSON has each\n", unchanged - UNCHANGED_SHOWN);
	if (!comparison->new->complete)
		fprintf(out, "%s  note: the newer audit is incomplete: what is gone may not have been seen\n",
			comparison->count ? "\n" : "");
	return 0;
}

/* ---- Markdown ---- */

static int write_markdown(struct arena *arena, const struct comparison *comparison, FILE *out)
{
	fprintf(out, "### pageleak: %s\n", headline(arena, comparison));
	if (comparison->count > comparison->counts[CHANGE_UNCHANGED])
		fputs("\n| | pages | | made by |\n| --- | --- | --- | --- |\n", out);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared *one = &comparison->at[i];
		if (one->change == CHANGE_UNCHANGED)
			continue;
		fprintf(out, "| %s | <code>", change_names[one->change]);
		markdown_put(out, text_shown(arena, latest(one)->template));
		fputs("</code> | ", out);
		markdown_put(out, text_shown(arena, text_of(numbers(arena, one))));
		fputs(" | <code>", out);
		markdown_put(out, *latest(one)->made ? text_shown(arena, text_of(latest(one)->made)) : "?");
		fputs("</code> |\n", out);
	}
	if (!comparison->new->complete)
		fputs("\nThe newer audit is incomplete: what is gone may not have been seen.\n", out);
	return 0;
}

/* ---- JSON ---- */

static json_t *side(const struct side *side)
{
	if (!side->worst)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "verdict", json_text(text_of(side->worst->verdict)), "entries",
			 json_number(side->entries), "bytes", json_number(side->bytes));
}

static json_t *report_of(const struct baseline *baseline)
{
	json_t *object = json_pack("{s:b}", "complete", baseline->complete);
	json_set_path(object, "path", text_of(baseline->path));
	return object;
}

static int write_json(const struct comparison *comparison, FILE *out)
{
	json_t *root = json_pack("{s:s, s:{s:s, s:s}, s:o, s:o}", "schema", "pageleak-diff/1", "tool", "name",
				 "pageleak", "version", PAGELEAK_VERSION, "old", report_of(comparison->old), "new",
				 report_of(comparison->new));
	json_t *summary = json_object(), *findings = json_array();
	for (int change = 0; change < CHANGE_COUNT; change++)
		json_object_set_new(summary, change_names[change], json_number(comparison->counts[change]));
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared *one = &comparison->at[i];
		json_t *object =
			json_pack("{s:s, s:o, s:o}", "change", change_names[one->change], "id",
				  json_text(text_of(one->id)), "made", json_text_or_null(text_of(latest(one)->made)));
		json_set_path(object, "template", latest(one)->template);
		json_object_set_new(object, "old", side(&one->old));
		json_object_set_new(object, "new", side(&one->new));
		json_array_append_new(findings, object);
	}
	json_object_set_new(root, "summary", summary);
	json_object_set_new(root, "findings", findings);
	int result = json_write(out, root, JSON_INDENT(1));
	fputc('\n', out);
	return result && !ferror(out) ? error("the JSON report could not be made: out of memory") : 0;
}

int compare_write(struct arena *arena, const struct comparison *comparison, const struct format *format, FILE *out,
		  bool color)
{
	if (!strcmp(format->name, "text"))
		return write_text(arena, comparison, out, color);
	if (!strcmp(format->name, "markdown"))
		return write_markdown(arena, comparison, out);
	if (!strcmp(format->name, "json"))
		return write_json(comparison, out);
	return error("--%s: a comparison has text, json and markdown; for new findings alone: pageleak report "
		     "--baseline=OLD.json --%s NEW.data",
		     format->name, format->name);
}
