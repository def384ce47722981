/*
 * html_data.h - writes all data of the HTML report as one JSON value without any `<`, so that it may stand within
 * <script>.
 */
#ifndef PAGELEAK_HTML_DATA_H
#define PAGELEAK_HTML_DATA_H

#include "base/arena.h"
#include "model/report_model.h"
#include "render/render.h"

/*
 * Opens a stream that writes to `out` with each `<` as \u003c; JSON has it in strings only. NULL after a message.
 * fclose leaves `out` open.
 */
FILE *html_data_open_script(FILE *out);

/* Returns 0, or -1 after a message. */
int html_data_write(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options);

#endif
