/*
 * text.c - byte strings. Knows nothing of journals.
 */
#include "base/text.h"
#include <stdio.h>
#include <string.h>

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

struct text text_below(struct text path, struct text directory)
{
	size_t size = directory.size;
	if (size > 1 && path.size > size + 1 && path.at[size] == '/' && !memcmp(path.at, directory.at, size))
		return (struct text){path.at + size + 1, path.size - size - 1};
	return text_none();
}

/*
 * Size of the UTF-8 character at `at`; 0 when it is invalid (overlong, surrogate, beyond U+10FFFF) or must not be
 * shown.
 */
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
	/* C1 controls, and characters that change the writing direction or break a line, must not reach a terminal. */
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
