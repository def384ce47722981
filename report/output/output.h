/*
 * output.h - writes reports to files and streams. A file appears complete or not at all.
 */
#ifndef PAGELEAK_OUTPUT_H
#define PAGELEAK_OUTPUT_H

#include "base/arena.h"
#include "model/report_model.h"
#include "options/options.h"
#include "render/render.h"

/*
 * Checks ahead of a long run whether every FORMAT[=FILE] of `options` can be written. Returns 0, or -1 after a message.
 */
int output_check(struct arena *arena, const struct options *options);

/* Does `options` request any format? */
bool output_wanted(const struct options *options);

/*
 * Can several reports follow one another in the requested targets? True for line-oriented formats on standard output.
 */
bool output_repeatable(const struct options *options);

/* Writes one format to a stream. Returns 0, or -1 after a message. */
typedef int output_writer(void *context, const struct format *format, FILE *out, bool color);

/*
 * Calls `write` for every requested format, with its target opened. If text was not requested, writes it to `text_to`
 * (NULL: nowhere). Returns 0, or -1 after a message.
 */
int output_each(struct arena *arena, const struct options *options, FILE *text_to, output_writer *write, void *context);

/*
 * Writes `report` in every requested format. `journal`: path of a journal that is kept, NULL: none. `text_to` as above.
 * Returns 0, or -1 after a message.
 */
int output_write(struct arena *arena, const struct options *options, const struct gate *gate,
		 const struct report *report, const char *journal, FILE *text_to);

#endif
