/*
 * text.h - byte strings that need not end in NUL. Bytes may have any value, in no particular encoding.
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
/* The part of `path` after its last '/'; all of it when it has none. */
struct text text_basename(struct text path);
/*
 * The part of `path` below `directory`, which has no slash at its end. Empty when `path` does not lie below it; also
 * when `directory` is "/", which shortens no path.
 */
struct text text_below(struct text path, struct text directory);
/*
 * For people: NUL-terminated UTF-8 that is safe on a terminal and stays in one line. Control characters and invalid
 * UTF-8 become \xNN, \n, \t ...; backslashes are doubled. The arena owns it. (JSON escapes differently: render_json.)
 */
const char *text_shown(struct arena *arena, struct text text);

#endif
