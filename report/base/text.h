/*
 * text.h - byte strings that need not end in NUL. Bytes may have any value; no encoding is promised.
 */
#ifndef PAGELEAK_TEXT_H
#define PAGELEAK_TEXT_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct text {
	const char *at;
	size_t size;
};

static inline struct text text_none(void)
{
	return (struct text){"", 0};
}
struct text text_of(const char *string); /* borrows */
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *b);
bool text_starts(struct text a, const char *prefix);
bool text_ends(struct text a, const char *suffix);
/* The part after the last '/', or all of it. */
struct text text_basename(struct text path);
/*
 * The part of `path` below `directory`, which has no slash at its end; empty when `path` is not below it, or `directory` is "/": every
 * absolute path is, and none is shorter for it.
 */
struct text text_below(struct text path, struct text directory);
/*
 * NUL-terminated UTF-8 that is safe on a terminal and in one line: control characters and invalid UTF-8 as \xNN, \n, \t ...,
 * a backslash doubled. For people; JSON has its own rule (render_json).
 */
const char *text_shown(struct arena *arena, struct text text);

#endif
