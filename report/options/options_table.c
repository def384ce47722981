/*
 * options_table.c - the table of options. It parses nothing.
 */
#include "options/options_table.h"
#include "format.h"
#include <string.h>

/* CMDS(run, check) is COMMAND_run | COMMAND_check. */
#define CMDS_1(a) COMMAND_##a
#define CMDS_2(a, ...) COMMAND_##a | CMDS_1(__VA_ARGS__)
#define CMDS_3(a, ...) COMMAND_##a | CMDS_2(__VA_ARGS__)
#define CMDS_4(a, ...) COMMAND_##a | CMDS_3(__VA_ARGS__)
#define CMDS_5(a, ...) COMMAND_##a | CMDS_4(__VA_ARGS__)
#define CMDS_6(a, ...) COMMAND_##a | CMDS_5(__VA_ARGS__)
#define CMDS_7(a, ...) COMMAND_##a | CMDS_6(__VA_ARGS__)
#define CMDS_8(a, ...) COMMAND_##a | CMDS_7(__VA_ARGS__)
#define CMDS_9(a, ...) COMMAND_##a | CMDS_8(__VA_ARGS__)
#define CMDS_OF(a, b, c, d, e, f, g, h, i, which, ...) which
#define CMDS(...)                                                                                                      \
	(CMDS_OF(__VA_ARGS__, CMDS_9, CMDS_8, CMDS_7, CMDS_6, CMDS_5, CMDS_4, CMDS_3, CMDS_2, CMDS_1, )(__VA_ARGS__))
_Static_assert(COMMAND_COUNT <= 9, "CMDS takes as many as there are commands");

const struct option_row options_table[OPTION_COUNT] = {
#define ROW(...) {__VA_ARGS__},
#define OPTION(id, name, kind, argument, initial, low, high, group, commands, passed, help)                            \
	ROW(name, KIND_##kind, argument, initial, low, high, GROUP_##group, commands, PASSED_##passed,                 \
	    offsetof(struct options, id), help)
#define FORMAT(id, help)                                                                                               \
	ROW(#id, KIND_FORMAT, "[FILE]", 0, 0, 0, GROUP_OUTPUT, FORMAT_COMMANDS, PASSED_KEPT_HERE,                      \
	    offsetof(struct options, id), help)
#include "options/options.def"
};

const struct option_row *options_table_find(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strcmp(options_table[i].name, name) == 0)
			return &options_table[i];
	return NULL;
}

void *options_table_field(struct options *options, const struct option_row *row)
{
	return (char *)options + row->offset;
}

void options_table_initial(struct options *out, unsigned command)
{
	static const char *const no_strings[] = {NULL};
	memset(out, 0, sizeof *out);
	out->command = command;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &options_table[i];
		void *field = options_table_field(out, row);
		if (row->kind == KIND_NUMBER || row->kind == KIND_SIZE || row->kind == KIND_SECONDS)
			*(long *)field = row->initial;
		else if (row->kind == KIND_STRINGS)
			*(const char *const **)field = no_strings;
	}
}
