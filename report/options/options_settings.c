/*
 * options_settings.c - options as the value of PAGELEAK, and back. It knows of the library no more than the keys in
 * settings.def.
 */
#include "options/options_settings.h"
#include "base/message.h"
#include "options/options_parse.h"
#include "options/options_table.h"
#include "settings_text.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void put_choice(FILE *out, const struct option_row *row, long value)
{
	const char *choice = row->argument;
	for (; value > 0; value--)
		choice += strcspn(choice, "|") + 1;
	fprintf(out, "%s%s=%.*s", ftell(out) > 0 ? ":" : "", row->name, (int)strcspn(choice, "|"), choice);
}

static void put_row(FILE *out, const struct option_row *row, const void *field)
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

const char *options_settings(struct arena *arena, const struct options *options, enum option_passed least,
			     const struct setting *more)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (; more && more->name; more++)
		put_setting(out, more->name, more->value);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options_table[i].passed >= least && options_table[i].commands & COMMAND_preloaded)
			put_row(out, &options_table[i], (const char *)options + options_table[i].offset);
	if (fclose(out))
		return NULL;
	const char *copy = arena_copy(arena, text, size);
	free(text);
	return copy;
}

/* The next `key=value` of `*at`, unescaped; moves `*at` past it. The value may be missing (NULL). False at the end. */
static bool next_setting(struct arena *arena, const char **at, struct setting *out)
{
	const char *pair;
	size_t size;
	if (!settings_next(at, &pair, &size))
		return false;
	char *text = arena_take(arena, size + 1);
	settings_unescape(pair, size, text, size + 1);
	char *equals = strchr(text, '=');
	if (equals)
		*equals = 0;
	*out = (struct setting){text, equals ? equals + 1 : NULL};
	return true;
}

/* Parses a setting as the option of its name. Returns 0, or -1 after a message. */
static int take_setting(struct arena *arena, const struct setting *setting, struct options *out)
{
	const struct option_row *row = options_table_find(setting->name);
	bool flag = row && row->kind == KIND_FLAG;
	if (flag && setting->value && strcmp(setting->value, "0") == 0)
		return 0;
	bool alone = !setting->value || (flag && strcmp(setting->value, "1") == 0);
	char *word[] = {alone ? arena_format(arena, "--%s", setting->name)
			      : arena_format(arena, "--%s=%s", setting->name, setting->value)};
	return options_parse_one(arena, NULL, word, 1, out) < 0 ? -1 : 0;
}

int options_settings_parse(struct arena *arena, unsigned command, const char *settings, struct setting *more,
			   struct options *out)
{
	struct setting setting;
	int result = 0;
	options_table_initial(out, command);
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

static bool is_initial(const void *field, const struct option_row *row)
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

static bool names_a_file(const struct option_row *row)
{
	return row->argument && (strcmp(row->argument, "FILE") == 0 || strcmp(row->argument, "REPORT.json") == 0);
}

/*
 * Was the option given? --pages also counts as a --not-pages: the exclusions of the audit's own --pages do not apply to
 * other globs.
 */
static bool was_given(const struct options *given, const struct option_row *row)
{
	return !is_initial((const char *)given + row->offset, row) ||
	       (row->offset == offsetof(struct options, not_pages) && given->pages[0]);
}

/*
 * Why a file cannot be read, NULL if it can. A file that was a pipe when the audit began (`<(...)`, /dev/stdin) is
 * gone, or another pipe into which nobody writes.
 */
static const char *why_unread(const char *file)
{
	struct stat status;
	if (stat(file, &status) || access(file, R_OK))
		return strerror(errno);
	return S_ISREG(status.st_mode) || strcmp(file, "/dev/null") == 0 ? NULL : "no regular file";
}

void options_settings_take_over(struct arena *arena, const char *settings, const char *cwd, struct options *options)
{
	const struct options given = *options;
	struct setting setting;
	while (settings && next_setting(arena, &settings, &setting)) {
		const struct option_row *row = options_table_find(setting.name);
		if (!row || row->group != GROUP_PAGES || row->passed != PASSED_REPORTED ||
		    !(row->commands & options->command) || was_given(&given, row))
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

void options_settings_fill_in(struct arena *arena, struct options *options, const char *mark, const char *value)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		struct output *output = options_table_field(options, &options_table[i]);
		if (options_table[i].kind == KIND_FORMAT && output->file)
			output->file = filled_in(arena, output->file, mark, value);
	}
	if (options->journal)
		options->journal = filled_in(arena, options->journal, mark, value);
}
