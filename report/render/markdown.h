/*
 * markdown.h - text of programs' for Markdown. Must not choose what is told.
 */
#ifndef PAGELEAK_MARKDOWN_H
#define PAGELEAK_MARKDOWN_H

#include <stdio.h>

/*
 * Writes `text` so that it reads as it is in a cell of a table, in <code> and in <summary>: what Markdown or HTML would take for markup is a
 * character reference, which Markdown takes for text. Within <code> it would find its own as well: `*` and `__`.
 */
void markdown_put(FILE *out, const char *text);
/* For <pre> on a line of its own, where Markdown looks for nothing but the end. */
void markdown_put_pre(FILE *out, const char *text);

#endif
