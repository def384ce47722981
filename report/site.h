/*
 * site.h - creation stacks as keys, and counts by key.
 */
#ifndef PAGELEAK_SITE_H
#define PAGELEAK_SITE_H

#include "symbol.h"

/* Equal for events of the same function with the same Python stack and, but for the interpreter, native stack, in any process. */
uint64_t site_key(struct symbols *symbols, const struct event *made);

struct site_table;
struct site_table *site_table_new(struct arena *arena);
void site_table_free(struct site_table *table);
void site_table_count(struct site_table *table, uint64_t key, enum verdict verdict);
/* `in_time`: RELEASED or ADOPTED. */
void site_table_get(const struct site_table *table, uint64_t key, uint64_t *created, uint64_t *in_time);
/* Some were released, at least half of all, and some were not or not in time. */
bool site_is_mixed(uint64_t created, uint64_t released, uint64_t open);
bool site_table_mixed(const struct site_table *table, uint64_t key);
size_t site_table_size(const struct site_table *table);

#endif
