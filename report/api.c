/*
 * api.c - the table of hooks.def as names. Must hold no list of functions of its own but that of temporary ones.
 */
#include "api.h"
#include <stddef.h>
#include <string.h>

const char *api_name(unsigned id)
{
	static const char *const names[] = {
#define HOOK(id, type, name, ...) [id] = #name,
#define ODD(id, type, name, ...) [id] = #name,
#include "../preload/hooks.def"
#undef HOOK
#undef ODD
	};
	return id < sizeof names / sizeof *names && names[id] ? names[id] : "?";
}

bool api_is_temporary(const char *name)
{
	/* Each with or without a trailing 64. */
	static const char *const temporary[] = {
		"mkstemp", "mkostemp", "mkstemps", "mkostemps", "mkdtemp", "tmpfile", "shm_open", "sem_open", "mq_open",
	};
	size_t size = strlen(name);
	if (size > 2 && !strcmp(name + size - 2, "64"))
		size -= 2;
	for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++)
		if (strlen(temporary[i]) == size && !memcmp(temporary[i], name, size))
			return true;
	return false;
}
