/*
 * arena.h - memory of a run: taken piece by piece, freed at once. Not thread-safe. When memory is exhausted, each
 * function here ends the program with status 125.
 */
#ifndef PAGELEAK_ARENA_H
#define PAGELEAK_ARENA_H

#include <stddef.h>

struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);
/* Bytes in all blocks of the arena. */
size_t arena_size(const struct arena *arena);
/* `size` zeroed bytes, aligned for any type, valid until arena_free. */
void *arena_take(struct arena *arena, size_t size);
/* A NUL-terminated copy of `size` bytes. */
char *arena_copy(struct arena *arena, const char *bytes, size_t size);
/*
 * Makes room for one more item in a list of `count` items of `size` bytes. Returns `list`, or a copy with twice `*room`
 * (`least` at first).
 */
void *arena_grow(struct arena *arena, void *list, size_t count, size_t *room, size_t size, size_t least);
/* As asprintf(3); the arena owns the string. */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reports that memory is exhausted and ends the program with status 125. */
_Noreturn void arena_out_of_memory(void);

#endif
