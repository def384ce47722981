/*
 * options_table.h - the rows of options.def and settings.def as a table, for the files of this folder.
 */
#ifndef PAGELEAK_OPTIONS_TABLE_H
#define PAGELEAK_OPTIONS_TABLE_H

#include "options/options.h"
#include <stddef.h>

enum option_kind {
	KIND_FLAG,
	KIND_NUMBER,
	KIND_SIZE,
	KIND_SECONDS,
	KIND_STRING,
	KIND_STRINGS,
	KIND_CHOICE,
	KIND_FORMAT
};

enum option_group { GROUP_PAGES, GROUP_OUTPUT, GROUP_GATE, GROUP_RECORDING, GROUP_VIEW, GROUP_GENERAL, GROUP_COUNT };

struct option_row {
	const char *name;
	enum option_kind kind;
	const char *argument; /* NULL none; in brackets: optional */
	long initial, low, high;
	enum option_group group;
	unsigned commands; /* COMMAND_* */
	enum option_passed passed;
	size_t offset; /* of its field in struct options */
	const char *help;
};

/* Number of rows. */
enum {
#define OPTION(id, ...) OPTION_NUMBER_##id,
#define FORMAT(id, help) OPTION_NUMBER_##id,
#include "options/options.def"
	OPTION_COUNT
};
extern const struct option_row options_table[OPTION_COUNT];

/* The row of an option by its name; NULL: there is none. */
const struct option_row *options_table_find(const char *name);
/* The field of a row. */
void *options_table_field(struct options *options, const struct option_row *row);
/* Gives every field its default, for `command`. */
void options_table_initial(struct options *out, unsigned command);

#endif
