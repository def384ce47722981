/*
 * site.c - creation stacks as keys, and counts by key.
 */
#include "site.h"
#include <uthash.h>

struct site {
	uint64_t key, created, in_time, released, open;
	UT_hash_handle hh;
};

struct site_table {
	struct arena *arena;
	struct site *sites, *last;
};

uint64_t site_key(struct symbols *symbols, const struct event *made)
{
	uint64_t key = symbols_key(symbols, made->native, made->python && made->python->count);
	key = (key ^ (made->python ? made->python->key : 0)) * 0x9e3779b97f4a7c15;
	key = (key ^ key >> 31 ^ made->api) * 0xbf58476d1ce4e5b9;
	return key ^ key >> 29;
}

struct site_table *site_table_new(struct arena *arena)
{
	struct site_table *table = arena_take(arena, sizeof *table);
	table->arena = arena;
	return table;
}

void site_table_free(struct site_table *table)
{
	HASH_CLEAR(hh, table->sites);
}

static struct site *site_find(const struct site_table *table, uint64_t key)
{
	struct site *site;
	if (table->last && table->last->key == key)
		return table->last;
	HASH_FIND(hh, table->sites, &key, sizeof key, site);
	return site;
}

void site_table_count(struct site_table *table, uint64_t key, enum verdict verdict)
{
	struct site *site = site_find(table, key);
	if (!site) {
		site = arena_take(table->arena, sizeof *site);
		site->key = key;
		HASH_ADD(hh, table->sites, key, sizeof key, site);
	}
	table->last = site;
	site->created++;
	site->in_time += verdict == VERDICT_RELEASED || verdict == VERDICT_ADOPTED;
	site->released += verdict == VERDICT_RELEASED || verdict == VERDICT_LATE || verdict == VERDICT_FOREIGN;
	site->open += verdict != VERDICT_RELEASED && verdict != VERDICT_ADOPTED;
}

void site_table_get(const struct site_table *table, uint64_t key, uint64_t *created, uint64_t *in_time)
{
	const struct site *site = site_find(table, key);
	*created = site ? site->created : 0;
	*in_time = site ? site->in_time : 0;
}

bool site_is_mixed(uint64_t created, uint64_t released, uint64_t open)
{
	return released && open && 2 * released >= created;
}

bool site_table_mixed(const struct site_table *table, uint64_t key)
{
	const struct site *site = site_find(table, key);
	return site && site_is_mixed(site->created, site->released, site->open);
}

size_t site_table_size(const struct site_table *table)
{
	return HASH_COUNT(table->sites);
}
