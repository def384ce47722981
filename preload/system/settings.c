/*
 * settings.c - reads the PAGELEAK variable.
 *
 * Must not: allocate, or complain: a setting that makes no sense keeps its default.
 */
#include "system/settings.h"
#include "format.h"
#include <stdbool.h>
#include <string.h>

struct options options = {
#define DEFAULT_TEXT(field, value)
#define DEFAULT_NUMBER(field, value) .field = value,
#define OPTION(name, field, kind, value, least, most) DEFAULT_##kind(field, value)
#include "settings.def"
#undef OPTION
};

/* Copies one value up to an unescaped colon; returns where the next pair begins, NULL at the end. */
static const char *value_copy(const char *from, char *to, size_t room)
{
	size_t used = 0;

	for (; *from && *from != ':'; from++) {
		if (*from == '\\' && from[1])
			from++;
		if (used + 1 < room)
			to[used++] = *from;
	}
	to[used] = 0;
	return *from ? from + 1 : NULL;
}

static void set_TEXT(char *field, const char *value, int least, int most)
{
	(void)least, (void)most;
	strcpy(field, value); /* fields are as large as any value */
}

static void set_NUMBER(int *field, const char *value, int least, int most)
{
	long number = 0;

	for (; *value >= '0' && *value <= '9' && number < 1000000; value++)
		number = number * 10 + (*value - '0');
	if (!*value && number >= least && number <= most)
		*field = (int)number;
}

#define AT_TEXT(field) options.field
#define AT_NUMBER(field) &options.field

static bool key_is(const char *pair, const char *name)
{
	size_t length = strlen(name);

	return strncmp(pair, name, length) == 0 && pair[length] == '=';
}

void options_read(const char *pair)
{
	static char value[sizeof options.journal];

	while (pair && *pair) {
		const char *equals = strchr(pair, '=');
		const char *next = equals ? value_copy(equals + 1, value, sizeof value) : NULL;

#define OPTION(name, field, kind, usual, least, most)                                                                  \
	if (equals && key_is(pair, #name))                                                                             \
		set_##kind(AT_##kind(field), value, least, most);
#include "settings.def"
#undef OPTION
		pair = next;
	}
}
