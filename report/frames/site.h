/*
 * site.h - creation sites: a key for each creation stack, and counts of pages by that key.
 */
#ifndef PAGELEAK_SITE_H
#define PAGELEAK_SITE_H

#include "base/arena.h"
#include "model/event_model.h"
#include "model/verdicts.h"
#include "symbols/symbol.h"

/*
 * The key of a creation: equal, in any process, for the same function called with the same stack of a script and,
 * without the interpreter's frames, the same native stack.
 */
uint64_t site_key(struct symbols *symbols, const struct event *made);

/* Counts of the pages of one site by what became of them. */
struct site {
	uint64_t key, created;
	uint64_t in_time;  /* RELEASED or ADOPTED */
	uint64_t released; /* RELEASED, LATE or FOREIGN */
	uint64_t open;     /* neither RELEASED nor ADOPTED */
	uint64_t asking;   /* pages without a verdict of their own; maintained by site_habits.c */
};

struct site_table;
struct site_table *site_table_new(struct arena *arena);
/* Frees the index; the sites stay, they are the arena's. */
void site_table_free(struct site_table *table);
/* Counts a page. Returns its site, whose counts later calls increase. */
struct site *site_table_count(struct site_table *table, uint64_t key, enum verdict verdict);
/* NULL: no page of that key was counted. */
const struct site *site_table_at(const struct site_table *table, uint64_t key);
size_t site_table_size(const struct site_table *table);
/* Was more than half of the site's pages released, but not all of them in time? */
bool site_is_mixed(uint64_t created, uint64_t released, uint64_t open);

#endif
