/*
 * markdown.h - escapes strings of audited programs for Markdown.
 */
#ifndef PAGELEAK_MARKDOWN_H
#define PAGELEAK_MARKDOWN_H

#include <stdio.h>

/*
 * Writes `text` for a cell of a table, <code> or <summary>: characters that are markup in Markdown or HTML become
 * character references. That includes `*` and `__`, which Markdown finds within <code> as well.
 */
void markdown_put(FILE *out, const char *text);
/* Writes `text` for a <pre> that begins its line: there Markdown finds no markup but the end. */
void markdown_put_pre(FILE *out, const char *text);

#endif
