/*
 * record_index.c - a sorted list with an index by block: a hash table of so many costs more to fill than all that is asked of it.
 */
#include "journal/record_index.h"
#include "base/sorted_list.h"
#include <stddef.h>
#include <stdint.h>

static size_t block_of(uint64_t reference)
{
	enum { BLOCK = 512 };
	return reference / BLOCK;
}

void known_add(struct known_list *list, uint32_t reference, uint16_t type, void *parsed)
{
	list->at = arena_grow(list->arena, list->at, list->count, &list->room, sizeof *list->at, 64);
	list->at[list->count++] = (struct known){reference, type, parsed};
}

void known_index(struct known_list *list, uint64_t references)
{
	list->blocks = block_of(references) + 1;
	list->from = arena_take(list->arena, (list->blocks + 1) * sizeof *list->from);
	for (size_t block = 0, i = 0; block <= list->blocks; block++) {
		while (i < list->count && block_of(list->at[i].reference) < block)
			i++;
		list->from[block] = (uint32_t)i;
	}
}

void *known_at(const struct known_list *list, uint32_t reference, uint16_t type)
{
	size_t block = block_of(reference);
	if (!reference || block >= list->blocks)
		return NULL;
	const struct known *known = list->at;
	size_t from = list->from[block], count = list->from[block + 1] - from;
	size_t at = from + COUNT_BEFORE(count, i, known[from + i].reference < reference);
	return at < from + count && known[at].reference == reference && known[at].type == type ? known[at].parsed
											       : NULL;
}
