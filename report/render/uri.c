/*
 * uri.c - percent-encoding of paths. Must not check whether they exist.
 */
#include "render/uri.h"
#include <string.h>

static bool is_plain(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       (byte && strchr("-._~/", byte));
}

const char *uri_of(struct arena *arena, struct text path)
{
	static const char digits[] = "0123456789ABCDEF";
	char *uri = arena_take(arena, 3 * path.size + 8), *to = uri;
	if (text_starts(path, "/"))
		to = stpcpy(to, "file://");
	for (size_t i = 0; i < path.size; i++) {
		unsigned char byte = (unsigned char)path.at[i];
		if (is_plain(byte)) {
			*to++ = (char)byte;
			continue;
		}
		*to++ = '%';
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
	*to = 0;
	return uri;
}
