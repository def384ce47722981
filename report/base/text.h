/*
 * text.h - memory, messages and byte strings for the report. Knows nothing of journals.
 */
#ifndef PAGELEAK_UTIL_H
#define PAGELEAK_UTIL_H

#include "model/model.h"
#include <stdarg.h>
#include <time.h>

/* ---- memory: one arena a run; ends the program with status 125 when memory is exhausted ---- */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);
/* Bytes that it takes. */
size_t arena_size(const struct arena *arena);
/* `size` zeroed bytes, aligned for any type, valid until arena_free. */
void *arena_take(struct arena *arena, size_t size);
/* A NUL-terminated copy of `size` bytes. */
char *arena_copy(struct arena *arena, const char *bytes, size_t size);
/*
 * Room for one more in a list of `count` items of `size` bytes: `list` itself, or a copy of it in which `*room` has doubled
 * (`least` at first).
 */
void *arena_grow(struct arena *arena, void *list, size_t count, size_t *room, size_t size, size_t least);
/* As printf, into the arena. */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- time ---- */
/* What the clock says now, in nanoseconds. */
uint64_t clock_ns(clockid_t clock);

/* ---- sorted lists: how many of `count` items, all of them at the front, are those for which `before`, an expression of `i`, holds ---- */
#define COUNT_BEFORE(count, i, before)                                                                                 \
	__extension__({                                                                                                \
		size_t low_ = 0, high_ = (count);                                                                      \
		while (low_ < high_) {                                                                                 \
			size_t i = low_ + (high_ - low_) / 2;                                                          \
			if (before)                                                                                    \
				low_ = i + 1;                                                                          \
			else                                                                                           \
				high_ = i;                                                                             \
		}                                                                                                      \
		low_;                                                                                                  \
	})

/* ---- messages on standard error, "pageleak: " first, a newline last. Control characters are escaped. ---- */
/* Says what went wrong and what to do next; returns -1, so that `return error(...)` reads well. Never ends the program. */
int error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- text ---- */
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
 * NUL-terminated UTF-8 that is safe on a terminal and in one line: control characters and invalid UTF-8 as \xNN, \n, \t ...,
 * a backslash doubled. For people; JSON has its own rule (render_json).
 */
const char *text_shown(struct arena *arena, struct text text);

#endif
