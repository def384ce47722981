/*
 * options.h - the settings of a run of pageleak, from the command line. Knows the table in options.def and nothing of what
 * the settings do.
 */
#ifndef PAGELEAK_OPTIONS_H
#define PAGELEAK_OPTIONS_H

#include "base/arena.h"
#include <stdio.h>
#include <stdbool.h>

#define PAGELEAK_VERSION "0.1.0"

/* pageleak's own exit codes; see the man page. */
enum {
	STATUS_LEAKED = 23,
	STATUS_INCOMPLETE = 24,
	STATUS_FAILED = 125,
	STATUS_NOT_RUNNABLE = 126,
	STATUS_NOT_FOUND = 127
};

/* Bits for the commands that take a setting. */
enum {
	COMMAND_RUN = 1,
	COMMAND_CHECK = 2,
	COMMAND_RECORD = 4,
	COMMAND_REPORT = 8,
	COMMAND_DIFF = 16,
	COMMAND_SNAPSHOT = 32,
	COMMAND_COMPLETION = 64, /* takes none but --help */
	COMMAND_TOP = 128,
	COMMAND_PRELOADED = 256, /* what the library starts: settings come in PAGELEAK */
	OPTIONS_WAITING = COMMAND_RUN | COMMAND_CHECK,
	OPTIONS_LAUNCHING = OPTIONS_WAITING | COMMAND_RECORD,
	OPTIONS_AUDITING = OPTIONS_LAUNCHING | COMMAND_PRELOADED,
	OPTIONS_REPORTING = COMMAND_REPORT | COMMAND_SNAPSHOT | COMMAND_DIFF | COMMAND_TOP,
	OPTIONS_LIVE = COMMAND_REPORT | COMMAND_SNAPSHOT | COMMAND_PRELOADED,
	OPTIONS_SNAPPING = COMMAND_SNAPSHOT | COMMAND_PRELOADED,
	OPTIONS_SHOWING = OPTIONS_WAITING | OPTIONS_LIVE,
	OPTIONS_ASKING = OPTIONS_AUDITING | OPTIONS_LIVE,
	OPTIONS_GATING = OPTIONS_WAITING | (OPTIONS_REPORTING & ~COMMAND_TOP),
	OPTIONS_JUDGING = OPTIONS_SHOWING | COMMAND_DIFF,
	OPTIONS_VIEWING = COMMAND_TOP,
	OPTIONS_SEEING = OPTIONS_JUDGING | OPTIONS_VIEWING,
	OPTIONS_LISTING = OPTIONS_SHOWING | OPTIONS_VIEWING,
	OPTIONS_ANY = 63 | COMMAND_COMPLETION | COMMAND_TOP,
};

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

/* One field a row: NULL is "not given" for STRING; STRINGS are NULL-terminated and never NULL. Strings borrow from argv. */
struct options {
#define OPTION(id, name, kind, ...) OPTION_TYPE_##kind id;
#define FORMAT(id, help) struct output id;
#include "options/options.def"
	unsigned command; /* COMMAND_* */
	char **operands;  /* what stands after the options, NULL-terminated */
	int operand_count;
};

/*
 * Parses argv[0..count), options of `command`. With OPTIONS_REPORTING options and operands may be mixed; otherwise the first
 * operand ends the options. Returns 0, or -1 after a message.
 */
int options_parse(struct arena *arena, unsigned command, const char *command_name, char **argv, int count,
		  struct options *out);

/* Which rows go into a value of PAGELEAK, by their column `passed`. */
enum options_settings { SETTINGS_ALL, SETTINGS_REPORTED, SETTINGS_LIBRARY };

/* A key of PAGELEAK that is no option; the last of several has a NULL name. */
struct setting {
	const char *name, *value; /* value NULL: none was given */
};

/*
 * The value of PAGELEAK: "key=value:key=value" of `more` and of every row that is passed on at least as far; `:` and `\` in values
 * behind a backslash. NULL: no memory.
 */
const char *options_settings(struct arena *arena, const struct options *options, enum options_settings which,
			     const struct setting *more);

/*
 * What `settings` (NULL: none) say of pages goes into `options`, row by row where nothing else was said there; `--not-pages` neither
 * where `--pages` was. Names of files are taken from `cwd`; they are left out where that is not known (NULL), and with a warning where
 * they cannot be read (any more).
 */
void options_take_over(struct arena *arena, const char *settings, const char *cwd, struct options *options);

/*
 * The other way round, with the rows that `command` takes. Values of keys that are in `more` are put there. What is wrong is told and
 * passed over. Returns 0, or -1 after a message. `settings` NULL: none.
 */
int options_from_settings(struct arena *arena, unsigned command, const char *settings, struct setting *more,
			  struct options *out);

/* Puts `value` for each `mark` in the names of files that are to be written. */
void options_fill_in(struct arena *arena, struct options *options, const char *mark, const char *value);

/* The part of the help that lists the options of `commands`, by group; "--" or "" before each. */
void options_help(FILE *out, unsigned commands, const char *dashes);

/* `text` broken into lines of at most `width` columns, each but the first indented by `indent`; ends with a newline. */
void options_wrap(FILE *out, const char *text, int indent, int width);

/* A setting as users see it. */
struct option_shown {
	const char *name, *argument, *help; /* argument NULL: none; "[FILE]": may be left out; "a|b|c": one of them */
};
/* The settings that these commands take, in the order of the table; ends with a NULL name. */
const struct option_shown *options_shown(struct arena *arena, unsigned commands);

/* The entry of NULL-terminated `names` that `name` was probably meant to be, or NULL. */
const char *options_suggest(const char *name, const char *const *names);

#endif
