/*
 * scratch.c - a pool of work areas, taken and given back by one atomic exchange.
 *
 * Must not: wait.
 */
#include "scratch.h"

#define POOL 32

static struct scratch pool[POOL];
static __thread unsigned last;

struct scratch *scratch_take(void)
{
	for (unsigned i = 0; i < POOL; i++) {
		struct scratch *it = &pool[(last + i) % POOL];

		if (!__atomic_load_n(&it->taken, __ATOMIC_RELAXED) &&
		    !__atomic_exchange_n(&it->taken, 1, __ATOMIC_ACQUIRE)) {
			last = (last + i) % POOL;
			return it;
		}
	}
	return NULL;
}

void scratch_release(struct scratch *scratch)
{
	__atomic_store_n(&scratch->taken, 0, __ATOMIC_RELEASE);
}

void scratch_reset(void)
{
	for (unsigned i = 0; i < POOL; i++)
		__atomic_store_n(&pool[i].taken, 0, __ATOMIC_RELAXED);
}
