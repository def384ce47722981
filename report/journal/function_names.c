/*
 * function_names.c - the table of hooks.def as names. Must hold no list of functions of its own but those of temporary
 * ones.
 */
#include "journal/function_names.h"
#include <string.h>

const char *function_names_at(unsigned id)
{
	static const char *const names[] = {
#define HOOK(id, type, name, ...) [id] = #name,
#define ODD(id, type, name, ...) [id] = #name,
#include "hooks.def"
#undef HOOK
#undef ODD
	};
	return id < sizeof names / sizeof *names && names[id] ? names[id] : "?";
}

/* In a list of `count` names, each with or without a trailing 64. */
static bool is_one_of(const char *const *names, size_t count, const char *name)
{
	size_t size = strlen(name);
	if (size > 2 && !strcmp(name + size - 2, "64"))
		size -= 2;
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == size && !memcmp(names[i], name, size))
			return true;
	return false;
}

bool function_names_is_temporary(const char *name)
{
	static const char *const temporary[] = {
		"mkstemp", "mkostemp", "mkstemps", "mkostemps", "mkdtemp", "tmpfile", "shm_open", "sem_open", "mq_open",
	};
	return is_one_of(temporary, sizeof temporary / sizeof *temporary, name);
}

size_t function_names_random_characters(const char *name)
{
	static const char *const random[] = {"mkstemp", "mkostemp", "mkstemps", "mkostemps", "mkdtemp"};
	return is_one_of(random, sizeof random / sizeof *random, name) ? 6 : 0;
}
