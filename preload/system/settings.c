/*
 * settings.c - reads the PAGELEAK variable.
 *
 * Must not: allocate, or complain: a setting that makes no sense keeps its default.
 */
#include "system/settings.h"
#include <stdbool.h>
#include <string.h>

/*
 * Expands settings.def to ROW_NUMBER(id, name, initial, low, high) and ROW_STRING, for the rows that are the library's.
 */
#define ROW_FLAG ROW_NUMBER
#define ROW_PASSED(kind, ...) ROW_##kind(__VA_ARGS__)
#define ROW_LIBRARY(kind, ...) ROW_##kind(__VA_ARGS__)
#define ROW_KEPT_HERE(...)
#define ROW_REPORTS(...)

struct options options = {
#define ROW_STRING(...)
#define ROW_NUMBER(id, name, initial, low, high) .id = initial,
#define OPTION(id, name, kind, argument, initial, low, high, group, commands, passed, help)                            \
	ROW_##passed(kind, id, name, initial, low, high)
#define SETTING(id, kind, initial, low, high, reader, meaning) ROW_##reader(kind, id, #id, initial, low, high)
#include "settings.def"
#undef OPTION
#undef SETTING
#undef ROW_STRING
#undef ROW_NUMBER
};

static void set_number(int *field, const char *value, int low, int high)
{
	long number = 0;

	for (; *value >= '0' && *value <= '9' && number < 1000000; value++)
		number = number * 10 + (*value - '0');
	if (!*value && number >= low && number <= high)
		*field = (int)number;
}

/* The value of a pair of `size` bytes when `name` is its key, NULL otherwise. */
static const char *value_of(const char *pair, size_t size, const char *name)
{
	size_t length = strlen(name);

	return size > length && strncmp(pair, name, length) == 0 && pair[length] == '=' ? pair + length + 1 : NULL;
}

static void set(const char *pair, size_t size)
{
	const char *value;
	char digits[16];

#define ROW_STRING(id, name, initial, low, high)                                                                       \
	if ((value = value_of(pair, size, name)))                                                                      \
		settings_unescape(value, (size_t)(pair + size - value), options.id, sizeof options.id);
#define ROW_NUMBER(id, name, initial, low, high)                                                                       \
	if ((value = value_of(pair, size, name))) {                                                                    \
		settings_unescape(value, (size_t)(pair + size - value), digits, sizeof digits);                        \
		set_number(&options.id, digits, low, high);                                                            \
	}
#define OPTION(id, name, kind, argument, initial, low, high, group, commands, passed, help)                            \
	ROW_##passed(kind, id, name, initial, low, high)
#define SETTING(id, kind, initial, low, high, reader, meaning) ROW_##reader(kind, id, #id, initial, low, high)
#include "settings.def"
#undef OPTION
#undef SETTING
}

void options_read(const char *value)
{
	const char *pair;
	size_t size;

	while (value && settings_next(&value, &pair, &size))
		set(pair, size);
}
