/*
 * diff_command.c - `pageleak diff`: loads two reports, from JSON or journals, and compares them.
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/progress.h"
#include "cli/begun_options.h"
#include "cli/commands.h"
#include "cli/pipeline.h"
#include "findings/gate.h"
#include "machine/journal_load.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "output/compare.h"
#include "render/finding_place.h"
#include <stdio.h>
#include <string.h>

static void take_findings(struct arena *arena, const struct report *report, struct baseline *out)
{
	out->complete = report->coverage.complete;
	out->at = arena_take(arena, (report->finding_count + 1) * sizeof *out->at);
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct finding *finding = &report->findings[i];
		if (verdict_counts[finding->verdict] == COUNTS_ALL)
			out->at[out->count++] = (struct baseline_finding){.id = finding->id,
									  .verdict = verdict_names[finding->verdict],
									  .made = place_made(arena, report, finding),
									  .template = finding->template,
									  .entries = finding->entries,
									  .bytes = finding->bytes};
	}
	baseline_sort(out);
}

/* Loads one side. The caller releases `loaded`. */
static int load(struct arena *arena, const char *path, const struct options *options, struct loaded *loaded,
		struct baseline *out)
{
	struct report *report = arena_take(arena, sizeof *report);
	if (!journal_load_is_journal(path)) {
		if (baseline_read(arena, path, "neither a journal nor a JSON report of pageleak", out))
			return -1;
		baseline_drop_collected(out);
		return 0;
	}
	struct options own = *options;
	begun_options_take_over(arena, path, &own);
	*out = (struct baseline){.path = path};
	progress_allow();
	if (pipeline_report_file(arena, path, options->force, &own, PIPELINE_FROM_JOURNAL, 0, loaded, report))
		return -1;
	take_findings(arena, report, out);
	return 0;
}

struct context {
	struct arena *arena;
	const struct comparison *comparison;
};

static int write(void *context, const struct format *format, FILE *out, bool color)
{
	struct context *here = context;
	return compare_write(here->arena, here->comparison, format, out, color);
}

static int status_of(const struct comparison *comparison, const struct gate *gate, const struct options *options)
{
	if (!gate->wanted)
		return 0;
	if (gate->fixed && comparison->counts[CHANGE_GONE])
		return (int)options->exit_code;
	for (size_t i = 0; i < comparison->new->count; i++) { /* each verdict of an id counts, not only the worst */
		const struct baseline_finding *one = &comparison->new->at[i];
		if (gate_fails_verdict(gate, one->verdict) && !baseline_covers(comparison->old, one->id, one->verdict))
			return (int)options->exit_code;
	}
	return comparison->new->complete ? 0 : STATUS_INCOMPLETE;
}

int command_diff(struct arena *arena, struct options *options)
{
	struct gate gate;
	struct loaded loaded[2] = {{0}, {0}};
	struct baseline sides[2];
	struct comparison comparison;
	int status = STATUS_FAILED;
	if (options->operand_count != 2) {
		error("two are compared: pageleak diff OLD NEW, each a JSON report or a journal");
		return STATUS_FAILED;
	}
	if (gate_parse(arena, options, &gate) || output_check(arena, options))
		return STATUS_FAILED;
	if (load(arena, options->operands[0], options, &loaded[0], &sides[0]) == 0 &&
	    load(arena, options->operands[1], options, &loaded[1], &sides[1]) == 0) {
		struct context context = {arena, &comparison};
		compare(arena, &sides[0], &sides[1], &comparison);
		if (output_each(arena, options, output_wanted(options) ? NULL : stdout, write, &context) == 0)
			status = status_of(&comparison, &gate, options);
	}
	for (int i = 0; i < 2; i++)
		journal_load_free(&loaded[i]);
	return status;
}
