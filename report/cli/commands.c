/*
 * commands.c - the table of subcommands, from commands.def, in the order of the help.
 */
#include "cli/commands.h"

const struct command commands[COMMAND_COUNT + 1] = {
#define COMMAND(id, function, operands, missing, help) {#id, operands, help, COMMAND_##id, function, missing},
#include "options/commands.def"
	{NULL, NULL, NULL, 0, NULL, NULL},
};
