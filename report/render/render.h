/*
 * render.h - a report in one format. A renderer reads the report and writes to a stream; it judges nothing, opens nothing
 * and asks the system nothing. A new format is a file render_NAME.c with one such function, and one FORMAT row in options.def.
 */
#ifndef PAGELEAK_RENDER_H
#define PAGELEAK_RENDER_H

#include "base/arena.h"
#include "findings/gate.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include <stdio.h>

struct render_options {
	bool color;
	bool show_kept;
	bool all_frames;         /* stacks whole */
	bool collected;          /* what only Python's collector released is asked for */
	bool late;               /* what exit handlers released is */
	bool failed;             /* the gate failed */
	const struct gate *gate; /* NULL none */
	const char *journal;     /* path of a journal that stays, NULL none */
};

/* 0, or -1 after a message when something other than writing went wrong. Write errors are left to the stream's state. */
typedef int render_function(struct arena *arena, FILE *out, const struct report *report,
			    const struct render_options *options);

struct format {
	const char *name, *help;
	render_function *render;
};
extern const struct format formats[]; /* ends with a NULL name; in the order of the FORMAT rows */

/* One finding as it stands in the text report. */
void render_text_finding(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding,
			 const struct render_options *options);

/* The audited command and its arguments with a space between, as they are. */
const char *render_command(struct arena *arena, const struct report *report);

/* Is it for formats that show everything on request? What the collector and what exit handlers released is asked for apart. */
static inline bool render_lists(const struct finding *finding, const struct render_options *options)
{
	return (verdict_counts[finding->verdict] != COUNTS_COLLECTED || options->collected) &&
	       (!finding->handled_at_exit || options->late);
}

/* Of those: does it say that something is wrong? */
static inline bool render_counts(const struct finding *finding, const struct render_options *options)
{
	return verdict_counts[finding->verdict] != COUNTS_NONE && render_lists(finding, options);
}

/* All of them, by the rows. */
#define FORMAT(id, help) render_function render_##id;
#include "options/options.def"

#endif
