/*
 * options_help.c - lists options, for the help and for completion, by the table of options.
 */
#include "options/options_help.h"
#include "options/options_table.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_PAGES] = "What is a page", [GROUP_OUTPUT] = "Report",  [GROUP_GATE] = "Gate",
	[GROUP_RECORDING] = "Recording",  [GROUP_VIEW] = "Live view", [GROUP_GENERAL] = "General",
};

void options_help_wrap(FILE *out, const char *text, int indent, int width)
{
	int column = indent;
	while (*text) {
		int size = (int)strcspn(text, " ");
		if (column > indent && column + 1 + size > width) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", size, text);
		column += size;
		text += size;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void help_row(FILE *out, const struct option_row *row, const char *dashes)
{
	char left[64];
	const char *argument = row->argument ? row->argument : "";
	if (argument[0] == '[')
		snprintf(left, sizeof(left), "%s%s[=%s", dashes, row->name, argument + 1);
	else
		snprintf(left, sizeof(left), "%s%s%s%s", dashes, row->name, *argument ? "=" : "", argument);
	if (strlen(left) > 20)
		fprintf(out, "  %s\n%*s", left, 24, "");
	else
		fprintf(out, "  %-20s  ", left);
	options_help_wrap(out, row->help, 24, 100);
}

void options_help(FILE *out, unsigned commands, const char *dashes)
{
	for (int group = 0; group < GROUP_COUNT; group++) {
		bool titled = false;
		for (size_t i = 0; i < OPTION_COUNT; i++) {
			const struct option_row *row = &options_table[i];
			if ((int)row->group != group || !(row->commands & commands))
				continue;
			if (!titled)
				fprintf(out, "\n%s:\n", group_titles[group]);
			titled = true;
			help_row(out, row, dashes);
		}
	}
}

const struct option_shown *options_help_rows(struct arena *arena, unsigned commands)
{
	struct option_shown *shown = arena_take(arena, (OPTION_COUNT + 1) * sizeof *shown);
	size_t count = 0;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options_table[i].commands & commands)
			shown[count++] = (struct option_shown){options_table[i].name, options_table[i].argument,
							       options_table[i].help};
	return shown;
}
