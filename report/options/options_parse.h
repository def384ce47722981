/*
 * options_parse.h - from the words of a command line to struct options.
 */
#ifndef PAGELEAK_OPTIONS_PARSE_H
#define PAGELEAK_OPTIONS_PARSE_H

#include "base/arena.h"
#include "options/options.h"

/*
 * Parses argv[0..count), options of `command` (COMMAND_*). In commands that report, options and operands may be mixed;
 * in the others the first operand ends the options. Returns 0, or -1 after a message.
 */
int options_parse(struct arena *arena, unsigned command, const char *command_name, char **argv, int count,
		  struct options *out);

/*
 * Parses one option at argv[0], whose value may be argv[1], into `out`. `command_name` NULL: it stands in PAGELEAK;
 * messages call it a setting then. Returns how many words it took, or -1 after a message.
 */
int options_parse_one(struct arena *arena, const char *command_name, char **argv, int count, struct options *out);

#endif
