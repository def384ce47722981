/*
 * options.c - the command line, by the table in options.def. It does not act on a setting and prints nothing but messages
 * about wrong ones.
 */
#include "options/options.h"
#include "format.h"
#include "base/message.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdbool.h>
#include <stddef.h>

enum kind { KIND_FLAG, KIND_NUMBER, KIND_SIZE, KIND_SECONDS, KIND_STRING, KIND_STRINGS, KIND_CHOICE, KIND_FORMAT };
enum group { GROUP_PAGES, GROUP_OUTPUT, GROUP_GATE, GROUP_RECORDING, GROUP_VIEW, GROUP_GENERAL, GROUP_COUNT };
enum { PASSED_KEPT_HERE = SETTINGS_ALL, PASSED_REPORTED = SETTINGS_REPORTED, PASSED_PASSED = SETTINGS_LIBRARY };

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_PAGES] = "What is a page", [GROUP_OUTPUT] = "Report",  [GROUP_GATE] = "Gate",
	[GROUP_RECORDING] = "Recording",  [GROUP_VIEW] = "Live view", [GROUP_GENERAL] = "General",
};

struct row {
	const char *name;
	enum kind kind;
	const char *argument; /* NULL none; in brackets: optional */
	long initial, low, high;
	enum group group;
	unsigned commands;
	int passed;    /* enum options_settings: the narrowest set that it belongs to */
	size_t offset; /* in struct options */
	const char *help;
};

static const struct row rows[] = {
#define OPTION(id, name, kind, argument, initial, low, high, group, commands, passed, help)                            \
	{name, KIND_##kind,   argument,           initial,         low,                                                \
	 high, GROUP_##group, OPTIONS_##commands, PASSED_##passed, offsetof(struct options, id),                       \
	 help},
#define FORMAT(id, help)                                                                                               \
	{#id,                                                                                                          \
	 KIND_FORMAT,                                                                                                  \
	 "[FILE]",                                                                                                     \
	 0,                                                                                                            \
	 0,                                                                                                            \
	 0,                                                                                                            \
	 GROUP_OUTPUT,                                                                                                 \
	 OPTIONS_JUDGING,                                                                                              \
	 PASSED_KEPT_HERE,                                                                                             \
	 offsetof(struct options, id),                                                                                 \
	 help},
#include "options/options.def"
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const char *const no_strings[] = {NULL};

/* Instead of a command's name, when what is wrong stands in the environment. */
#define IN_SETTINGS "PAGELEAK"

static void *field_of(struct options *options, const struct row *row)
{
	return (char *)options + row->offset;
}

static void set_initial(struct options *options)
{
	memset(options, 0, sizeof(*options));
	for (size_t i = 0; i < ROW_COUNT; i++) {
		void *field = field_of(options, &rows[i]);
		if (rows[i].kind == KIND_NUMBER || rows[i].kind == KIND_SIZE || rows[i].kind == KIND_SECONDS)
			*(long *)field = rows[i].initial;
		else if (rows[i].kind == KIND_STRINGS)
			*(const char *const **)field = no_strings;
	}
}

/* Edit distance with early cut-off is not needed: names are short. */
static int distance(const char *a, const char *b)
{
	size_t columns = strlen(b);
	int line[64];
	if (columns >= 64 || strlen(a) >= 64)
		return 64;
	for (size_t j = 0; j <= columns; j++)
		line[j] = (int)j;
	for (size_t i = 1; a[i - 1]; i++) {
		int diagonal = line[0];
		line[0] = (int)i;
		for (size_t j = 1; j <= columns; j++) {
			int above = line[j];
			int best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (line[j - 1] + 1 < best)
				best = line[j - 1] + 1;
			line[j] = best;
			diagonal = above;
		}
	}
	return line[columns];
}

const char *options_suggest(const char *name, const char *const *names)
{
	const char *best = NULL;
	size_t size = strlen(name);
	int best_distance = size < 4 ? 2 : 3; /* accepted: less than this */
	for (; *names; names++) {
		int d = distance(name, *names);
		if (size >= 3 && strncmp(name, *names, size) == 0)
			d = 1; /* an abbreviation */
		if (d < best_distance) {
			best = *names;
			best_distance = d;
		}
	}
	return best;
}

static int unknown(const char *name, const char *command_name)
{
	const char *names[ROW_COUNT + 1];
	size_t count = 0;
	for (size_t i = 0; i < ROW_COUNT; i++)
		names[count++] = rows[i].name;
	names[count] = NULL;
	const char *meant = options_suggest(name, names);
	if (meant)
		return error("unknown option --%s; did you mean --%s?", name, meant);
	if (strcmp(command_name, IN_SETTINGS) == 0)
		return error("unknown setting %s", name);
	return error("unknown option --%s; 'pageleak %s --help' lists them", name, command_name);
}

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

static int parse_number(const struct row *row, const char *value, long *out)
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

static int parse_seconds(const struct row *row, const char *value, long *out)
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

static int parse_choice(const struct row *row, const char *value, long *out)
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

/* It ends in a NULL, and has room for as many as the next power of two. */
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

static int set(struct arena *arena, const struct row *row, const char *value, struct options *out)
{
	void *field = field_of(out, row);
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

/* One option at argv[0]; returns how many words it took, or -1. */
static int parse_option(struct arena *arena, const char *command_name, char **argv, int count, struct options *out)
{
	const char *word = argv[0] + 2;
	size_t size = strcspn(word, "=");
	const char *name = arena_copy(arena, word, size);
	const char *value = word[size] ? word + size + 1 : NULL;
	const struct row *row = find_row(name);
	int words = 1;
	if (!row)
		return unknown(name, command_name);
	if (!(row->commands & out->command) && strcmp(command_name, IN_SETTINGS) == 0)
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
	bool mixed = command & OPTIONS_REPORTING;
	int i = 0;
	set_initial(out);
	out->command = command;
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
		int words = parse_option(arena, command_name, pair, count - i, out);
		if (words < 0)
			return -1;
		i += words;
	}
	while (i < count)
		out->operands[out->operand_count++] = argv[i++];
	return 0;
}

static void append_escaped(FILE *out, const char *value)
{
	for (; *value; value++) {
		if (*value == ':' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
}

static void put_setting(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s%s=", ftell(out) > 0 ? ":" : "", name);
	append_escaped(out, value);
}

static void put_number(FILE *out, const char *name, long value)
{
	char text[32];
	snprintf(text, sizeof text, "%ld", value);
	put_setting(out, name, text);
}

static void put_choice(FILE *out, const struct row *row, long value)
{
	const char *choice = row->argument;
	for (; value > 0; value--)
		choice += strcspn(choice, "|") + 1;
	fprintf(out, "%s%s=%.*s", ftell(out) > 0 ? ":" : "", row->name, (int)strcspn(choice, "|"), choice);
}

static void put_row(FILE *out, const struct row *row, const void *field)
{
	const struct output *output = field;
	switch (row->kind) {
	case KIND_FLAG:
		if (*(const bool *)field)
			put_setting(out, row->name, "1");
		break;
	case KIND_NUMBER:
	case KIND_SIZE:
	case KIND_SECONDS:
		put_number(out, row->name, *(const long *)field);
		break;
	case KIND_CHOICE:
		if (*(const long *)field != row->initial)
			put_choice(out, row, *(const long *)field);
		break;
	case KIND_STRING:
		if (*(const char *const *)field)
			put_setting(out, row->name, *(const char *const *)field);
		break;
	case KIND_STRINGS:
		for (const char *const *one = *(const char *const *const *)field; *one; one++)
			put_setting(out, row->name, *one);
		break;
	case KIND_FORMAT:
		if (output->wanted)
			put_setting(out, row->name, output->file ? output->file : "-");
		break;
	}
}

const char *options_settings(struct arena *arena, const struct options *options, enum options_settings which,
			     const struct setting *more)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (; more && more->name; more++)
		put_setting(out, more->name, more->value);
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].passed >= (int)which && rows[i].commands & COMMAND_PRELOADED)
			put_row(out, &rows[i], (const char *)options + rows[i].offset);
	if (fclose(out))
		return NULL;
	const char *copy = arena_copy(arena, text, size);
	free(text);
	return copy;
}

/* Up to the next colon that is not escaped. */
static size_t setting_size(const char *at)
{
	size_t size = 0;
	while (at[size] && at[size] != ':')
		size += at[size] == '\\' && at[size + 1] ? 2 : 1;
	return size;
}

/* The next `key=value`, unescaped, cut off from `*at`; false at the end. A value may be missing. */
static bool next_setting(struct arena *arena, const char **at, struct setting *out)
{
	size_t size = 0;
	while (**at == ':')
		++*at;
	if (!**at)
		return false;
	char *text = arena_copy(arena, *at, setting_size(*at));
	for (; **at && **at != ':'; ++*at) {
		if (**at == '\\' && (*at)[1])
			++*at;
		text[size++] = **at;
	}
	text[size] = 0;
	char *equals = strchr(text, '=');
	if (equals)
		*equals = 0;
	*out = (struct setting){text, equals ? equals + 1 : NULL};
	return true;
}

/* A setting as the option that it is: 0, or -1 after a message. */
static int take_setting(struct arena *arena, const struct setting *setting, struct options *out)
{
	const struct row *row = find_row(setting->name);
	bool flag = row && row->kind == KIND_FLAG;
	if (flag && setting->value && strcmp(setting->value, "0") == 0)
		return 0;
	bool alone = !setting->value || (flag && strcmp(setting->value, "1") == 0);
	char *word[] = {alone ? arena_format(arena, "--%s", setting->name)
			      : arena_format(arena, "--%s=%s", setting->name, setting->value)};
	return parse_option(arena, IN_SETTINGS, word, 1, out) < 0 ? -1 : 0;
}

int options_from_settings(struct arena *arena, unsigned command, const char *settings, struct setting *more,
			  struct options *out)
{
	struct setting setting;
	int result = 0;
	set_initial(out);
	out->command = command;
	out->operands = arena_take(arena, sizeof(char *));
	while (settings && next_setting(arena, &settings, &setting)) {
		struct setting *own = more;
		while (own->name && strcmp(own->name, setting.name) != 0)
			own++;
		if (own->name)
			own->value = setting.value;
		else if (take_setting(arena, &setting, out))
			result = -1;
	}
	return result;
}

static bool is_initial(const void *field, const struct row *row)
{
	switch (row->kind) {
	case KIND_FLAG:
		return !*(const bool *)field;
	case KIND_STRING:
		return !*(const char *const *)field;
	case KIND_STRINGS:
		return !**(const char *const *const *)field;
	default:
		return *(const long *)field == row->initial;
	}
}

static bool names_a_file(const struct row *row)
{
	return row->argument && (strcmp(row->argument, "FILE") == 0 || strcmp(row->argument, "REPORT.json") == 0);
}

/* --pages is a new beginning: what the old ones left out does not hold for it. */
static bool was_said(const struct options *given, const struct row *row)
{
	return !is_initial((const char *)given + row->offset, row) ||
	       (row->offset == offsetof(struct options, not_pages) && given->pages[0]);
}

/* NULL: it can be. What was a pipe then (`<(...)`, /dev/stdin) is gone, or another one now that nobody fills. */
static const char *why_unread(const char *file)
{
	struct stat status;
	if (stat(file, &status) || access(file, R_OK))
		return strerror(errno);
	return S_ISREG(status.st_mode) || strcmp(file, "/dev/null") == 0 ? NULL : "no regular file";
}

void options_take_over(struct arena *arena, const char *settings, const char *cwd, struct options *options)
{
	const struct options given = *options;
	struct setting setting;
	while (settings && next_setting(arena, &settings, &setting)) {
		const struct row *row = find_row(setting.name);
		if (!row || row->group != GROUP_PAGES || row->passed != PASSED_REPORTED ||
		    !(row->commands & options->command) || was_said(&given, row))
			continue;
		bool file = names_a_file(row) && setting.value, relative = file && *setting.value != '/';
		if (relative && cwd)
			setting.value = arena_format(arena, "%s/%s", cwd, setting.value);
		const char *unread = file && (!relative || cwd) ? why_unread(setting.value) : NULL;
		if (unread)
			warning("%s: %s; left out, though the audit was begun with --%s", setting.value, unread,
				setting.name);
		else if (!relative || cwd)
			take_setting(arena, &setting, options);
	}
}

static const char *filled_in(struct arena *arena, const char *name, const char *mark, const char *value)
{
	const char *result = "", *at;
	for (; (at = strstr(name, mark)); name = at + strlen(mark))
		result = arena_format(arena, "%s%.*s%s", result, (int)(at - name), name, value);
	return arena_format(arena, "%s%s", result, name);
}

void options_fill_in(struct arena *arena, struct options *options, const char *mark, const char *value)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct output *output = field_of(options, &rows[i]);
		if (rows[i].kind == KIND_FORMAT && output->file)
			output->file = filled_in(arena, output->file, mark, value);
	}
	if (options->journal)
		options->journal = filled_in(arena, options->journal, mark, value);
}

void options_wrap(FILE *out, const char *text, int indent, int width)
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

static void help_row(FILE *out, const struct row *row, const char *dashes)
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
	options_wrap(out, row->help, 24, 100);
}

void options_help(FILE *out, unsigned commands, const char *dashes)
{
	for (int group = 0; group < GROUP_COUNT; group++) {
		bool titled = false;
		for (size_t i = 0; i < ROW_COUNT; i++) {
			const struct row *row = &rows[i];
			if ((int)row->group != group || !(row->commands & commands))
				continue;
			if (!titled)
				fprintf(out, "\n%s:\n", group_titles[group]);
			titled = true;
			help_row(out, row, dashes);
		}
	}
}

const struct option_shown *options_shown(struct arena *arena, unsigned commands)
{
	struct option_shown *shown = arena_take(arena, (ROW_COUNT + 1) * sizeof *shown);
	size_t count = 0;
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].commands & commands)
			shown[count++] = (struct option_shown){rows[i].name, rows[i].argument, rows[i].help};
	return shown;
}
