/*
 * proc.c - reads files of /proc.
 */
#include "machine/proc.h"
#include <stdio.h>
#include <string.h>
#include <stddef.h>

bool proc_read_stat(const char *path, char *state, int *parent)
{
	char line[512];
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	size_t size = fread(line, 1, sizeof line - 1, file);
	fclose(file);
	line[size] = 0;
	const char *name_end = strrchr(line, ')'); /* names hold anything */
	return name_end && sscanf(name_end + 1, " %c %d", state, parent) == 2;
}

pid_t proc_parent(pid_t pid)
{
	char path[64], state;
	int parent = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	return proc_read_stat(path, &state, &parent) ? parent : 0;
}
