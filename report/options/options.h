/*
 * options.h - the settings of a run of pageleak: struct options, whose fields are the rows of options.def, and the
 * commands that take them. Data only.
 */
#ifndef PAGELEAK_OPTIONS_H
#define PAGELEAK_OPTIONS_H

#include <stdbool.h>

/* pageleak's own exit codes; see the man page. */
enum {
	STATUS_LEAKED = 23,
	STATUS_INCOMPLETE = 24,
	STATUS_FAILED = 125,
	STATUS_NOT_RUNNABLE = 126,
	STATUS_NOT_FOUND = 127
};

enum {
#define COMMAND(id, ...) COMMAND_NUMBER_##id,
#include "options/commands.def"
	COMMAND_COUNT
};

/* A bit for each command: COMMAND_run, COMMAND_check ... */
enum {
#define COMMAND(id, ...) COMMAND_##id = 1 << COMMAND_NUMBER_##id,
#include "options/commands.def"
	COMMANDS_SHOWN = (1 << COMMAND_COUNT) - 1 - COMMAND_preloaded, /* in help and completion */
	COMMANDS_WAITING = COMMAND_run | COMMAND_check,                /* wait for the program, and report at its end */
};

/*
 * How far an option is passed on in PAGELEAK: to nobody, to the reports that the library starts, to the library, too.
 */
enum option_passed { PASSED_KEPT_HERE, PASSED_REPORTED, PASSED_PASSED };

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Where a report format goes: not wanted, to a file, or (file NULL) to standard output. */
struct output {
	bool wanted;
	const char *file;
};

#define OPTION_TYPE_FLAG bool
#define OPTION_TYPE_NUMBER long
#define OPTION_TYPE_SIZE long
#define OPTION_TYPE_SECONDS long
#define OPTION_TYPE_CHOICE long
#define OPTION_TYPE_STRING const char *
#define OPTION_TYPE_STRINGS const char *const *

/*
 * One field a row. A STRING is NULL when it was not given; STRINGS end in NULL and are never NULL. Strings borrow from
 * argv.
 */
struct options {
#define OPTION(id, name, kind, ...) OPTION_TYPE_##kind id;
#define FORMAT(id, help) struct output id;
#include "options/options.def"
	unsigned command; /* COMMAND_* */
	char **operands;  /* what stands after the options, NULL-terminated */
	int operand_count;
};

#endif
