/*
 * suggest.c - finds the closest of some names.
 */
#include "options/suggest.h"
#include <stddef.h>
#include <string.h>

/* Edit distance, without early cut-off: names are short. 64 when one is longer. */
static int distance(const char *a, const char *b)
{
	size_t columns = strlen(b);
	int line[64];
	if (columns >= 64 || strlen(a) >= 64)
		return 64;
	for (size_t j = 0; j <= columns; j++)
		line[j] = (int)j;
	for (size_t i = 1; a[i - 1]; i++) {
		int diagonal = line[0];
		line[0] = (int)i;
		for (size_t j = 1; j <= columns; j++) {
			int above = line[j];
			int best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (line[j - 1] + 1 < best)
				best = line[j - 1] + 1;
			line[j] = best;
			diagonal = above;
		}
	}
	return line[columns];
}

const char *suggest(const char *name, const char *const *names)
{
	const char *best = NULL;
	size_t size = strlen(name);
	int best_distance = size < 4 ? 2 : 3; /* accepted: less than this */
	for (; *names; names++) {
		int d = distance(name, *names);
		if (size >= 3 && strncmp(name, *names, size) == 0)
			d = 1; /* an abbreviation */
		if (d < best_distance) {
			best = *names;
			best_distance = d;
		}
	}
	return best;
}
