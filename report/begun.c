/*
 * begun.c - reads PAGELEAK of another process. Must not fail: what is wrong there was told when the audit began, and it goes on without.
 */
#include "begun.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value that the library went by: the first of that name. NULL none. */
static const char *settings_of(struct arena *arena, const char *pid)
{
	static const char name[] = "PAGELEAK=";
	char path[64], *entry = NULL;
	const char *settings = NULL;
	size_t room = 0;
	snprintf(path, sizeof path, "/proc/%s/environ", pid);
	FILE *file = strlen(pid) < 32 ? fopen(path, "re") : NULL;
	while (file && !settings && getdelim(&entry, &room, 0, file) > 0)
		if (strncmp(entry, name, strlen(name)) == 0)
			settings = arena_copy(arena, entry + strlen(name), strlen(entry + strlen(name)));
	free(entry);
	if (file)
		fclose(file);
	return settings;
}

void begun_take_over(struct arena *arena, const char *pid, struct options *options)
{
	options_take_over(arena, settings_of(arena, pid), options);
}
