/*
 * commands.c - the table of subcommands, in the order in which they are told.
 */
#include "cli/commands.h"

const struct command commands[COMMAND_COUNT + 1] = {
#define COMMAND(id, function, operands, missing, help) {#id, operands, help, COMMAND_##id, function, missing},
#include "options/commands.def"
	{NULL, NULL, NULL, 0, NULL, NULL},
};
