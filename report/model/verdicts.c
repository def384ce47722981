/*
 * verdicts.c - the names of verdicts and which of them count, from their table.
 */
#include "model/verdicts.h"
#include <stddef.h>

const char *const verdict_names[VERDICT_COUNT + 1] = {
#define X(id, name, fails, counts, meaning) [VERDICT_##id] = name,
	VERDICT_TABLE(X)
#undef X
};
const enum verdict_counting verdict_counts[VERDICT_COUNT] = {
#define X(id, name, fails, counts, meaning) [VERDICT_##id] = COUNTS_##counts,
	VERDICT_TABLE(X)
#undef X
};
