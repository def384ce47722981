/*
 * options_help.h - lists options for people and for shells.
 */
#ifndef PAGELEAK_OPTIONS_HELP_H
#define PAGELEAK_OPTIONS_HELP_H

#include "base/arena.h"
#include "options/options.h"
#include <stdio.h>

/* Prints the options that any of `commands` (COMMAND_*) takes, by group, each with `dashes` in front: "--" or "". */
void options_help(FILE *out, unsigned commands, const char *dashes);

/*
 * Prints `text` in lines of at most `width` columns, each but the first indented by `indent`, and a newline at the end.
 */
void options_help_wrap(FILE *out, const char *text, int indent, int width);

/* An option as users see it. */
struct option_shown {
	const char *name, *argument, *help; /* argument NULL: none; "[FILE]": may be left out; "a|b|c": one of them */
};
/*
 * The options that any of `commands` takes, in the order of the table; ends with a NULL name. The arena owns the list.
 */
const struct option_shown *options_help_rows(struct arena *arena, unsigned commands);

#endif
