/*
 * render.h - the contract of all formats. A renderer reads the report and writes to a stream; it judges nothing, opens
 * no file and makes no query to the system. A new format is a file render_NAME.c with one such function, and one FORMAT
 * row in options.def.
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
	bool all_frames;         /* show all frames of stacks */
	bool collected;          /* list pages that only the garbage collector released */
	bool late;               /* list pages that exit handlers released */
	bool failed;             /* the gate failed */
	const struct gate *gate; /* NULL none */
	const char *journal;     /* path of a journal that is not deleted; NULL none */
};

/* Returns 0, or -1 after a message. Write errors are not reported here: the stream keeps them for the caller. */
typedef int render_function(struct arena *arena, FILE *out, const struct report *report,
			    const struct render_options *options);

struct format {
	const char *name, *help;
	render_function *render;
};
extern const struct format formats[]; /* ends with a NULL name; in the order of the FORMAT rows */

/* Writes one finding as in the text report. */
void render_text_finding(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding,
			 const struct render_options *options);

/* The audited command and its arguments, unescaped, joined by spaces; the arena's. */
const char *render_command(struct arena *arena, const struct report *report);

/* Is the finding listed? Pages that only the collector or exit handlers released are listed on request. */
static inline bool render_lists(const struct finding *finding, const struct render_options *options)
{
	return (verdict_counts[finding->verdict] != COUNTS_COLLECTED || options->collected) &&
	       (!finding->handled_at_exit || options->late);
}

/* Is it listed, and a leak rather than information? */
static inline bool render_counts(const struct finding *finding, const struct render_options *options)
{
	return verdict_counts[finding->verdict] != COUNTS_NONE && render_lists(finding, options);
}

/* Declares the renderer of each FORMAT row. */
#define FORMAT(id, help) render_function render_##id;
#include "options/options.def"

#endif
