/*
 * arena.c - memory taken piece by piece from blocks, and freed with all of them.
 */
#include "base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE ((size_t)1 << 20)
#define ALIGNMENT 16u

struct block {
	struct block *next;
	size_t unused; /* keeps the bytes behind the header aligned */
};

struct arena {
	struct block *blocks;
	char *at, *end; /* free part of the newest block */
	size_t size;    /* of all blocks */
};

_Noreturn void arena_out_of_memory(void)
{
	static const char message[] = "pageleak: out of memory\n";
	if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
		_exit(125);
	_exit(125);
}

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof *arena);
	if (!arena)
		arena_out_of_memory();
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

size_t arena_size(const struct arena *arena)
{
	return arena->size;
}

static char *block_add(struct arena *arena, size_t size)
{
	struct block *block = calloc(1, sizeof *block + size);
	if (!block)
		arena_out_of_memory();
	arena->size += size;
	block->next = arena->blocks;
	arena->blocks = block;
	return (char *)(block + 1);
}

void *arena_take(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		arena_out_of_memory();
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (size > BLOCK_SIZE / 4)
		return block_add(arena, size);
	if ((size_t)(arena->end - arena->at) < size) {
		arena->at = block_add(arena, BLOCK_SIZE);
		arena->end = arena->at + BLOCK_SIZE;
	}
	void *taken = arena->at;
	arena->at += size;
	return taken;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t size)
{
	char *copy = arena_take(arena, size + 1);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

void *arena_grow(struct arena *arena, void *list, size_t count, size_t *room, size_t size, size_t least)
{
	if (count < *room)
		return list;
	*room = *room ? *room * 2 : least;
	void *grown = arena_take(arena, *room * size);
	if (count)
		memcpy(grown, list, count * size);
	return grown;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *out = arena_take(arena, size < 0 ? 1 : (size_t)size + 1);
	if (size > 0)
		vsnprintf(out, (size_t)size + 1, format, again);
	va_end(again);
	return out;
}
