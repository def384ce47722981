/*
 * render.h - a report in one format. A renderer reads the report and writes to a stream; it judges nothing, opens nothing
 * and asks the system nothing. A new format is a file render_NAME.c with one such function, and one FORMAT row in options.def.
 */
#ifndef PAGELEAK_RENDER_H
#define PAGELEAK_RENDER_H

#include "gate.h"
#include "util.h"
#include <stdio.h>

struct render_options {
	bool color;
	bool show_kept;
	bool all_frames;     /* stacks whole */
	bool collected;      /* what only Python's collector released is asked for */
	bool late;           /* what exit handlers released is */
	bool failed;         /* the gate failed */
	const struct gate *gate; /* NULL none */
	const char *journal; /* path of a journal that stays, NULL none */
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
const char *report_command(struct arena *arena, const struct report *report);

/* What does not is listed by formats that show everything; so is what exit handlers released, unless the gate asks for it. */
static inline bool render_counts(const struct finding *finding, const struct render_options *options)
{
	enum verdict_counting counts = verdict_counts[finding->verdict];
	return (counts == COUNTS_ALL || (counts == COUNTS_COLLECTED && options->collected)) && (!finding->handled_at_exit || options->late);
}

/* All of them, by the rows. */
#define FORMAT(id, help) render_function render_##id;
#include "options.def"

#endif
