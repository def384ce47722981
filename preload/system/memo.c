/*
 * memo.c - the set-associative table and the arena of memo.h.
 *
 * Must not: free, move or change a block that was published.
 */
#include "system/memo.h"
#include "system/raw.h"
#include <sys/mman.h>

#define ARENA ((size_t)8 << 20)

static unsigned char *arena;
static size_t used, room = ARENA;
static unsigned victim;

void **memo_set(struct memo_table *table, uint64_t key)
{
	return table->ways[key * 0x9e3779b97f4a7c15u >> 55];
}

void *memo_take(size_t size)
{
	unsigned char *now = __atomic_load_n(&arena, __ATOMIC_ACQUIRE);

	if (!now) {
		size_t size_of_arena = __atomic_load_n(&room, __ATOMIC_RELAXED);
		long at = raw_mmap(size_of_arena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				   -1);
		if (raw_failed(at))
			return NULL;
		if (__atomic_compare_exchange_n(&arena, &now, (unsigned char *)at, 0, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			now = (unsigned char *)at;
		else
			raw_munmap((void *)at, size_of_arena);
	}
	size = (size + 15) & ~(size_t)15;
	size_t at = __atomic_load_n(&used, __ATOMIC_RELAXED) < ARENA ? __atomic_fetch_add(&used, size, __ATOMIC_RELAXED)
								     : ARENA;
	return at + size <= __atomic_load_n(&room, __ATOMIC_SEQ_CST) ? now + at : NULL;
}

void memo_shrink(void)
{
	enum { MARGIN = 1 << 16, PAGE = 4096 }; /* other threads may be taking blocks at this moment */
	unsigned char *now = __atomic_load_n(&arena, __ATOMIC_ACQUIRE);
	size_t keep = (__atomic_load_n(&used, __ATOMIC_RELAXED) + MARGIN + PAGE - 1) & ~(size_t)(PAGE - 1);
	size_t before = __atomic_load_n(&room, __ATOMIC_RELAXED);

	if (keep >= before || !__atomic_compare_exchange_n(&room, &before, keep, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return;
	if (now)
		raw_munmap(now + keep, before - keep);
}

void memo_add(struct memo_table *table, void *block)
{
	void **set = memo_set(table, *(const uint64_t *)block);
	unsigned way = __atomic_fetch_add(&victim, 1, __ATOMIC_RELAXED) % MEMO_WAYS;

	for (unsigned i = 0; i < MEMO_WAYS; i++)
		if (!__atomic_load_n(&set[i], __ATOMIC_RELAXED))
			way = i;
	__atomic_store_n(&set[way], block, __ATOMIC_RELEASE);
}
