/*
 * site.h - creation stacks as keys, and counts by key.
 */
#ifndef PAGELEAK_SITE_H
#define PAGELEAK_SITE_H

#include "base/arena.h"
#include "model/event_model.h"
#include "model/verdicts.h"
#include "symbols/symbol.h"

/* Equal for events of the same function with the same stack of a script and, but for the interpreter, native stack, in any process. */
uint64_t site_key(struct symbols *symbols, const struct event *made);

/* What became of the pages of a key. */
struct site {
	uint64_t key, created;
	uint64_t in_time;  /* RELEASED or ADOPTED */
	uint64_t released; /* RELEASED, LATE or FOREIGN */
	uint64_t open;     /* neither RELEASED nor ADOPTED */
	uint64_t asking;   /* nothing but the others speaks for them; the caller's to count */
};

struct site_table;
struct site_table *site_table_new(struct arena *arena);
/* The sites themselves are the arena's. */
void site_table_free(struct site_table *table);
/* Counts one page more; gives its site, whose numbers go on with the next ones. */
struct site *site_table_count(struct site_table *table, uint64_t key, enum verdict verdict);
/* NULL: none of that key was counted. */
const struct site *site_table_at(const struct site_table *table, uint64_t key);
size_t site_table_size(const struct site_table *table);
/* Most were released, more than half of all, and some were not or not in time. */
bool site_is_mixed(uint64_t created, uint64_t released, uint64_t open);

#endif
