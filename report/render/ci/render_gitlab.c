/*
 * render_gitlab.c - GitLab's code quality report: a JSON array with description, check_name, fingerprint, severity and
 * location of each finding. Fingerprints are unique, as GitLab wants them, and stay the same as long as the finding
 * does. Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/text.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/json/json_value.h"
#include "render/render.h"

static const char *severity_of(const struct finding *finding, const struct render_options *options)
{
	if (finding->verdict == VERDICT_RELEASED)
		return "info";
	return gate_fails_finding(options->gate, finding) ? "major" : "minor";
}

static json_t *finding(struct arena *arena, const struct report *report, const struct finding *finding,
		       size_t occurrence, const struct render_options *options)
{
	struct finding_place place = finding_place_of(arena, report, finding);
	if (!place.file.size)
		place.file = finding_place_program(finding);
	if (!place.file.size) /* no audited process made it; GitLab wants a path */
		place.file = finding->template;
	const char *advice =
		finding->cause && finding->cause->advice.size ? text_shown(arena, finding->cause->advice) : "";
	return json_pack("{s:o, s:s, s:s, s:s, s:{s:o, s:{s:i}}}", "description",
			 json_text(text_of(arena_format(arena, "%s%s%s", finding_place_story(arena, report, finding),
							*advice ? "; " : "", advice))),
			 "check_name", arena_format(arena, "pageleak-%s", verdict_names[finding->verdict]),
			 "fingerprint",
			 arena_format(arena, "%s-%s-%zu", finding->id, verdict_names[finding->verdict], occurrence),
			 "severity", severity_of(finding, options), "location", "path", json_text(place.file), "lines",
			 "begin", place.line > 0 ? place.line : 1);
}

int render_gitlab(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	const size_t *occurrences = finding_place_occurrences(arena, report);
	const char *between = "\n";
	int result = 0;
	fputc('[', out);
	for (size_t i = 0; i < report->finding_count; i++) {
		if (!render_counts(&report->findings[i], options))
			continue;
		fputs(between, out);
		between = ",\n";
		result |= json_write(out, finding(arena, report, &report->findings[i], occurrences[i], options), 0);
	}
	fputs("\n]\n", out);
	return result && !ferror(out) ? error("the GitLab report could not be made: out of memory") : 0;
}
