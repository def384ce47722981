/*
 * text.c - the arena, messages and byte strings of the report. Knows nothing of journals and must not learn of them.
 */
#include "base/text.h"
#include "base/progress.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const verdict_names[VERDICT_COUNT + 1] = {
#define X(id, name, fails, counts, meaning) [VERDICT_##id] = name,
	VERDICT_TABLE(X)
#undef X
};
const enum verdict_counting verdict_counts[VERDICT_COUNT] = {
#define X(id, name, fails, counts, meaning) [VERDICT_##id] = COUNTS_##counts,
	VERDICT_TABLE(X)
#undef X
};

#define BLOCK_SIZE ((size_t)1 << 20)
#define ALIGNMENT 16u

struct block {
	struct block *next;
	size_t unused; /* keeps what follows aligned */
};

struct arena {
	struct block *blocks;
	char *at, *end; /* free part of the newest block */
	size_t size;    /* of all blocks */
};

static _Noreturn void out_of_memory(void)
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
		out_of_memory();
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
		out_of_memory();
	arena->size += size;
	block->next = arena->blocks;
	arena->blocks = block;
	return (char *)(block + 1);
}

void *arena_take(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		out_of_memory();
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

uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void message(const char *prefix, const char *format, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	int size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *text = size < 0 ? NULL : malloc((size_t)size + 1);
	if (!text)
		out_of_memory();
	vsnprintf(text, (size_t)size + 1, format, arguments);
	progress_clear();
	flockfile(stderr);
	fprintf(stderr, "pageleak: %s", prefix);
	for (int i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte < 0x20 || byte == 0x7f)
			fprintf(stderr, "\\x%02x", byte);
		else
			putc_unlocked(byte, stderr);
	}
	putc_unlocked('\n', stderr);
	funlockfile(stderr);
	free(text);
}

int error(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	message("", format, arguments);
	va_end(arguments);
	return -1;
}

void warning(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	message("warning: ", format, arguments);
	va_end(arguments);
}

struct text text_of(const char *string)
{
	return string ? (struct text){string, strlen(string)} : text_none();
}

bool text_equal(struct text a, struct text b)
{
	return a.size == b.size && (!a.size || !memcmp(a.at, b.at, a.size));
}

bool text_is(struct text a, const char *b)
{
	return text_equal(a, text_of(b));
}

bool text_starts(struct text a, const char *prefix)
{
	size_t size = strlen(prefix);
	return a.size >= size && (!size || !memcmp(a.at, prefix, size));
}

bool text_ends(struct text a, const char *suffix)
{
	size_t size = strlen(suffix);
	return a.size >= size && (!size || !memcmp(a.at + a.size - size, suffix, size));
}

struct text text_basename(struct text path)
{
	if (!path.size)
		return text_none();
	size_t start = path.size;
	while (start && path.at[start - 1] != '/')
		start--;
	return (struct text){path.at + start, path.size - start};
}

/* Bytes of the valid UTF-8 character at `at`, 0 if it is none (overlong, surrogate, C1 control, beyond U+10FFFF ...). */
static size_t utf8_size(const unsigned char *at, size_t size)
{
	size_t length = at[0] >= 0xf0 && at[0] < 0xf5   ? 4
			: at[0] >= 0xe0 && at[0] < 0xf0 ? 3
			: at[0] >= 0xc2 && at[0] < 0xe0 ? 2
							: 0;
	if (!length || length > size)
		return 0;
	uint32_t point = at[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (at[i] & 0x3f);
	}
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	/* C1 controls, and what turns the writing direction round or breaks a line, must not reach a terminal. */
	if (point < 0xa0 || (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069) || point == 0xfeff)
		return 0;
	return length;
}

static char *shown_byte(char *to, unsigned char byte)
{
	static const char names[] = "n\nt\tr\r\\\\";
	for (const char *name = names; *name; name += 2)
		if ((unsigned char)name[1] == byte) {
			*to++ = '\\';
			*to++ = name[0];
			return to;
		}
	if (byte >= 0x20 && byte < 0x7f) {
		*to++ = (char)byte;
		return to;
	}
	return to + sprintf(to, "\\x%02x", byte);
}

const char *text_shown(struct arena *arena, struct text text)
{
	char *out = arena_take(arena, text.size * 4 + 1), *to = out;
	for (size_t i = 0; i < text.size;) {
		const unsigned char *at = (const unsigned char *)text.at + i;
		size_t size = utf8_size(at, text.size - i);
		if (!size) {
			to = shown_byte(to, *at);
			i++;
			continue;
		}
		memcpy(to, at, size);
		to += size;
		i += size;
	}
	*to = 0;
	return out;
}
