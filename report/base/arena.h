/*
 * arena.h - memory of a run: taken piece by piece, freed at once. Ends the program with status 125 when memory is exhausted.
 * Not thread-safe.
 */
#ifndef PAGELEAK_ARENA_H
#define PAGELEAK_ARENA_H

#include <stddef.h>

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

/* Says so and ends the program with status 125. */
_Noreturn void arena_out_of_memory(void);

#endif
