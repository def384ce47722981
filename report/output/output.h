/*
 * output.h - reports to where they were asked for: files and streams. A file appears whole or not at all.
 */
#ifndef PAGELEAK_OUTPUT_H
#define PAGELEAK_OUTPUT_H

#include "base/arena.h"
#include "model/report_model.h"
#include "options/options.h"
#include "render/render.h"

/*
 * Whether every FORMAT[=FILE] of `options` can be written as far as can be told now, ahead of a long run. 0, or -1 after a
 * message.
 */
int output_check(struct arena *arena, const struct options *options);

/* Whether a format was asked for. */
bool output_wanted(const struct options *options);

/* Whether reports may follow one another where they go: lines for people or a runner, to standard output. */
bool output_repeatable(const struct options *options);

/* Writes one format of something to a stream; 0, or -1 after a message. */
typedef int output_writer(void *context, const struct format *format, FILE *out, bool color);

/*
 * Has `write` make every wanted format, each where it was asked for; and text to `text_to`, NULL nowhere, when it was not. 0, or -1 after a
 * message.
 */
int output_each(struct arena *arena, const struct options *options, FILE *text_to, output_writer *write, void *context);

/*
 * Writes `report` in every wanted format. `journal`: the path of one that stays, NULL none. `text_to`: where text goes when it was
 * not asked for, NULL nowhere. 0 or -1.
 */
int output_write(struct arena *arena, const struct options *options, const struct gate *gate,
		 const struct report *report, const char *journal, FILE *text_to);

#endif
