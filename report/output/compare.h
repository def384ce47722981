/*
 * compare.h - two reports side by side, finding by finding. Findings of one id count as one: two lines of one function, or two verdicts.
 */
#ifndef PAGELEAK_COMPARE_H
#define PAGELEAK_COMPARE_H

#include "base/arena.h"
#include "findings/baseline.h"
#include "output/output.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All findings of one id of one report. */
struct side {
	const struct baseline_finding *worst; /* NULL: it has none */
	uint64_t entries, bytes;
};

enum change { CHANGE_NEW, CHANGE_GONE, CHANGE_CHANGED, CHANGE_UNCHANGED, CHANGE_COUNT };

struct compared {
	enum change change;
	const char *id;
	struct side old, new;
};

struct comparison {
	const struct baseline *old, *new;
	struct compared *at; /* new ones first, then gone, changed, unchanged; within each the worst first */
	size_t count;
	size_t counts[CHANGE_COUNT];
};

/* Both must be sorted (baseline_sort). Changed: another verdict, or other numbers. */
void compare(struct arena *arena, const struct baseline *old, const struct baseline *new, struct comparison *out);

/* Text, JSON (schema pageleak-diff/1) and Markdown; other formats are refused with a message that says what to do instead. */
int compare_write(struct arena *arena, const struct comparison *comparison, const struct format *format, FILE *out,
		  bool color);

#endif
