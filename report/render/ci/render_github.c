/*
 * render_github.c - workflow commands: an annotation for each place, worst first. GitHub shows ten of each level a
 * step, so that the last of ten says how many more there are. Names are hostile: a line break and "::" in one would be
 * a command.
 */
#include "base/arena.h"
#include "base/text.h"
#include "findings/gate.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/render.h"

enum { ANNOTATIONS = 10 };

/* Escapes the runner's separators: % and line breaks; in properties also `:` and `,`. */
static void put(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte == '%' || byte < ' ' || (property && (byte == ':' || byte == ',')))
			fprintf(out, "%%%02X", byte);
		else
			fputc(byte, out);
	}
}

static void annotate(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding,
		     const char *level, size_t more)
{
	struct finding_place place = finding_place_of(arena, report, finding);
	fprintf(out, "::%s ", level);
	if (place.file.size) {
		fputs("file=", out);
		put(out, text_shown(arena, place.file), true);
		if (place.line > 0)
			fprintf(out, ",line=%d", place.line);
		fputc(',', out);
	}
	fprintf(out, "title=pageleak %s::", verdict_names[finding->verdict]);
	put(out, finding_place_story(arena, report, finding), false);
	if (finding->cause && finding->cause->advice.size) {
		fputs("%0A", out);
		put(out, text_shown(arena, finding->cause->advice), false);
	}
	if (more)
		fprintf(out, "%%0A... and %zu more findings", more);
	fputc('\n', out);
}

int render_github(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	static const char *const levels[] = {"error", "warning"};
	for (int level = 0; level < 2; level++) {
		size_t total = 0, shown = 0;
		for (size_t i = 0; i < report->finding_count; i++)
			total += render_counts(&report->findings[i], options) &&
				 gate_fails_finding(options->gate, &report->findings[i]) == !level;
		for (size_t i = 0; i < report->finding_count && shown < ANNOTATIONS; i++) {
			const struct finding *finding = &report->findings[i];
			if (!render_counts(finding, options) || gate_fails_finding(options->gate, finding) != !level)
				continue;
			shown++;
			annotate(arena, out, report, finding, levels[level], shown == ANNOTATIONS ? total - shown : 0);
		}
	}
	if (!report->coverage.complete)
		fprintf(out, "::warning title=pageleak::the audit is incomplete: %zu of %zu processes audited\n",
			report->coverage.audited, report->coverage.processes);
	return 0;
}
