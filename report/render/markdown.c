/*
 * markdown.c - escapes for Markdown. Sources: CommonMark, "Entity and numeric character references" and "HTML blocks";
 * of GitHub's own tables, mentions and $math$.
 */
#include "render/markdown.h"
#include <string.h>

static void put(FILE *out, const char *text, const char *special)
{
	for (; *text; text++)
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (strchr(special, *text))
			fprintf(out, "&#%d;", *text);
		else
			fputc(*text, out);
}

void markdown_put(FILE *out, const char *text)
{
	put(out, text, "|`*_~[]\\$@#");
}

void markdown_put_pre(FILE *out, const char *text)
{
	put(out, text, "");
}
