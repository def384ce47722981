/*
 * compare.h - compares two reports, finding by finding. Findings of one id count as one, such as two lines of one
 * function, or two verdicts.
 */
#ifndef PAGELEAK_COMPARE_H
#define PAGELEAK_COMPARE_H

#include "base/arena.h"
#include "findings/baseline.h"
#include "output/output.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The findings of one id in one report, taken together. */
struct side {
	const struct baseline_finding *worst; /* NULL: the report has none */
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
	struct compared *at; /* new ones first, then gone, changed, unchanged; in each group the worst first */
	size_t count;
	size_t counts[CHANGE_COUNT];
};

/*
 * Compares two sorted lists of findings (baseline_sort). CHANGED means another verdict or other numbers. The result
 * borrows from both.
 */
void compare(struct arena *arena, const struct baseline *old, const struct baseline *new, struct comparison *out);

/*
 * Writes text, JSON (schema pageleak-diff/1) or Markdown. Refuses other formats with a message that says what to do
 * instead. Returns 0 or -1.
 */
int compare_write(struct arena *arena, const struct comparison *comparison, const struct format *format, FILE *out,
		  bool color);

#endif
