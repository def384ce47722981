/*
 * settings_text.h - the value of the PAGELEAK variable, taken apart: "key=value:key=value". A backslash takes the byte
 * behind it literally: `\:` is a colon, `\\` a backslash. settings.def lists the keys.
 *
 * Calls no function and takes no memory; may be called in a signal handler.
 */
#ifndef PAGELEAK_SETTINGS_TEXT_H
#define PAGELEAK_SETTINGS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define SETTINGS_VARIABLE "PAGELEAK"
#define PID_MOST 4194304 /* of 64-bit Linux: include/linux/threads.h */

/*
 * The next pair of `*at`, escaped as it stands there, as `*size` bytes at `*pair`; moves `*at` past it. False at the
 * end.
 */
static inline bool settings_next(const char **at, const char **pair, size_t *size)
{
	const char *end;

	while (**at == ':')
		++*at;
	for (end = *at; *end && *end != ':'; end++)
		if (*end == '\\' && end[1])
			end++;
	*pair = *at;
	*size = (size_t)(end - *at);
	*at = end;
	return *size > 0;
}

/* Copies `size` escaped bytes to `to`, unescaped and ended by NUL. What does not fit into `room` bytes is cut off. */
static inline void settings_unescape(const char *from, size_t size, char *to, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (from[i] == '\\' && i + 1 < size)
			i++;
		if (used + 1 < room)
			to[used++] = from[i];
	}
	to[used] = 0;
}

#endif
