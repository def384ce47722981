/*
 * site.c - creation stacks as keys, and counts by key.
 */
#include "frames/site.h"
#include "base/hash.h"
#include <uthash.h>

struct counted {
	struct site site;
	UT_hash_handle hh;
};

struct site_table {
	struct arena *arena;
	struct counted *sites, *last;
};

uint64_t site_key(struct symbols *symbols, const struct event *made)
{
	uint64_t key = symbols_key(symbols, made->native, made->script && made->script->count);
	return hash_mix(key, made->script ? made->script->key : 0, made->api);
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

static struct counted *find(const struct site_table *table, uint64_t key)
{
	struct counted *found;
	if (table->last && table->last->site.key == key)
		return table->last;
	HASH_FIND(hh, table->sites, &key, sizeof key, found);
	return found;
}

struct site *site_table_count(struct site_table *table, uint64_t key, enum verdict verdict)
{
	struct counted *found = find(table, key);
	if (!found) {
		found = arena_take(table->arena, sizeof *found);
		found->site.key = key;
		HASH_ADD(hh, table->sites, site.key, sizeof key, found);
	}
	table->last = found;
	struct site *site = &found->site;
	site->created++;
	site->in_time += verdict == VERDICT_RELEASED || verdict == VERDICT_ADOPTED;
	site->released += verdict == VERDICT_RELEASED || verdict == VERDICT_LATE || verdict == VERDICT_FOREIGN;
	site->open += verdict != VERDICT_RELEASED && verdict != VERDICT_ADOPTED;
	return site;
}

const struct site *site_table_at(const struct site_table *table, uint64_t key)
{
	const struct counted *found = find(table, key);
	return found ? &found->site : NULL;
}

bool site_is_mixed(uint64_t created, uint64_t released, uint64_t open)
{
	return open && 2 * released > created;
}

size_t site_table_size(const struct site_table *table)
{
	return HASH_COUNT(table->sites);
}
