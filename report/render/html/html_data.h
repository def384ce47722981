/*
 * html_data.h - everything that the HTML report shows, as one JSON value that may stand within <script>: no `<` is in it.
 */
#ifndef PAGELEAK_HTML_DATA_H
#define PAGELEAK_HTML_DATA_H

#include "base/arena.h"
#include "model/report_model.h"
#include "render/render.h"

/* A stream that writes to `out` with every `<` as \u003c, which JSON has in strings only. NULL after a message. Closed with fclose; `out` stays. */
FILE *html_script_open(FILE *out);

/* 0, or -1 after a message. */
int html_data_write(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options);

#endif
