/*
 * demangle.c - calls libiberty. Must not be given names from elsewhere than symbol tables: it is only as safe as
 * libiberty.
 */
#include "symbols/demangle.h"
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 8192 /* longer names are left as they are: libiberty takes too long for them */

struct text demangle(struct arena *arena, const char *name)
{
	bool mangled = !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2) || !strncmp(name, "__Z", 3);
	if (!mangled || strlen(name) > NAME_MAX_BYTES)
		return text_of(arena_copy(arena, name, strlen(name)));
	char *readable = cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
	if (!readable)
		return text_of(arena_copy(arena, name, strlen(name)));
	struct text out = text_of(arena_copy(arena, readable, strlen(readable)));
	free(readable);
	return out;
}
