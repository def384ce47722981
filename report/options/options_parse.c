/*
 * options_parse.c - the command line, by the table of options. It does not act on an option and prints nothing but
 * messages about wrong ones.
 */
#include "options/options_parse.h"
#include "base/message.h"
#include "options/options_table.h"
#include "options/suggest.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int unknown(const char *name, const char *command_name)
{
	const char *names[OPTION_COUNT + 1];
	size_t count = 0;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[count++] = options_table[i].name;
	names[count] = NULL;
	const char *meant = suggest(name, names);
	if (meant)
		return error("unknown option --%s; did you mean --%s?", name, meant);
	if (!command_name)
		return error("unknown setting %s", name);
	return error("unknown option --%s; 'pageleak %s --help' lists them", name, command_name);
}

static int parse_number(const struct option_row *row, const char *value, long *out)
{
	char *end;
	errno = 0;
	long number = strtol(value, &end, 10);
	long unit = 1;
	if (row->kind == KIND_SIZE && end != value && *end) {
		unit = *end == 'K' || *end == 'k'   ? 1l << 10
		       : *end == 'M' || *end == 'm' ? 1l << 20
		       : *end == 'G' || *end == 'g' ? 1l << 30
						    : 0;
		end++;
	}
	if (end == value || *end || unit == 0)
		return error("--%s=%s: a number is wanted%s", row->name, value,
			     row->kind == KIND_SIZE ? ", with K, M or G behind it if you like" : "");
	if (errno == ERANGE || number > row->high / unit || number * unit < row->low)
		return error("--%s=%s: out of range, %ld to %ld are possible", row->name, value, row->low, row->high);
	*out = number * unit;
	return 0;
}

static int parse_seconds(const struct option_row *row, const char *value, long *out)
{
	char *end;
	double seconds = strtod(value, &end);
	if (end == value || *end || seconds != seconds)
		return error("--%s=%s: a number of seconds is wanted", row->name, value);
	if (seconds * 1000 < (double)row->low || seconds * 1000 > (double)row->high)
		return error("--%s=%s: out of range, %g to %g are possible", row->name, value, (double)row->low / 1000,
			     (double)row->high / 1000);
	*out = (long)(seconds * 1000 + 0.5);
	return 0;
}

static int parse_choice(const struct option_row *row, const char *value, long *out)
{
	const char *choice = row->argument;
	for (long i = 0;; i++) {
		size_t size = strcspn(choice, "|");
		if (strlen(value) == size && strncmp(choice, value, size) == 0) {
			*out = i;
			return 0;
		}
		if (!choice[size])
			return error("--%s=%s: one of %s is wanted", row->name, value, row->argument);
		choice += size + 1;
	}
}

/* Appends to a list that ends in NULL and has room for as many entries as the next power of two. */
static void append(struct arena *arena, const char *const **list, const char *value)
{
	size_t used = 1;
	while ((*list)[used - 1])
		used++;
	const char **longer = (const char **)(uintptr_t)*list;
	if ((used & (used - 1)) == 0) {
		longer = arena_take(arena, 2 * used * sizeof(*longer));
		memcpy(longer, *list, used * sizeof(*longer));
	}
	longer[used - 1] = value;
	longer[used] = NULL;
	*list = longer;
}

static int set(struct arena *arena, const struct option_row *row, const char *value, struct options *out)
{
	void *field = options_table_field(out, row);
	switch (row->kind) {
	case KIND_FLAG:
		*(bool *)field = true;
		return 0;
	case KIND_NUMBER:
	case KIND_SIZE:
		return parse_number(row, value, field);
	case KIND_SECONDS:
		return parse_seconds(row, value, field);
	case KIND_CHOICE:
		return parse_choice(row, value, field);
	case KIND_STRING:
		*(const char **)field = value;
		return 0;
	case KIND_STRINGS:
		append(arena, field, value);
		return 0;
	case KIND_FORMAT:
		if (((struct output *)field)->wanted)
			return error("--%s is there twice; each format goes to one file", row->name);
		*(struct output *)field = (struct output){true, value};
		return 0;
	}
	return -1;
}

int options_parse_one(struct arena *arena, const char *command_name, char **argv, int count, struct options *out)
{
	const char *word = argv[0] + 2;
	size_t size = strcspn(word, "=");
	const char *name = arena_copy(arena, word, size);
	const char *value = word[size] ? word + size + 1 : NULL;
	const struct option_row *row = options_table_find(name);
	int words = 1;
	if (!row)
		return unknown(name, command_name);
	if (!(row->commands & out->command) && !command_name)
		return error("%s cannot be set there", name);
	if (!(row->commands & out->command))
		return error("--%s is nothing that 'pageleak %s' takes; see 'pageleak %s --help'", name, command_name,
			     command_name);
	if (row->kind == KIND_FLAG && value)
		return error("--%s takes no value", name);
	if (row->kind != KIND_FLAG && row->kind != KIND_FORMAT && !value) {
		if (count < 2)
			return error("--%s needs a value: --%s=%s", name, name, row->argument);
		value = argv[1];
		words = 2;
	}
	if (value && !*value)
		return error("--%s= is empty: --%s=%s", name, name, row->argument);
	return set(arena, row, value, out) ? -1 : words;
}

int options_parse(struct arena *arena, unsigned command, const char *command_name, char **argv, int count,
		  struct options *out)
{
	bool mixed = command & (COMMAND_report | COMMAND_snapshot | COMMAND_diff | COMMAND_top);
	int i = 0;
	options_table_initial(out, command);
	out->operands = arena_take(arena, ((size_t)count + 1) * sizeof(char *));
	while (i < count) {
		char *word = argv[i];
		if (strcmp(word, "-h") == 0)
			word = "--help";
		if (word[0] != '-' || !word[1]) {
			if (!mixed)
				break;
			out->operands[out->operand_count++] = argv[i++];
			continue;
		}
		if (word[1] != '-')
			return error("unknown option %s; options are long: 'pageleak %s --help' lists them", word,
				     command_name);
		if (!word[2]) {
			i++;
			break;
		}
		char *pair[] = {word, i + 1 < count ? argv[i + 1] : NULL};
		int words = options_parse_one(arena, command_name, pair, count - i, out);
		if (words < 0)
			return -1;
		i += words;
	}
	while (i < count)
		out->operands[out->operand_count++] = argv[i++];
	return 0;
}
