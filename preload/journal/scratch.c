/*
 * scratch.c - takes and gives back work areas by one atomic operation each.
 *
 * Must not: wait.
 */
#include "journal/scratch.h"
#include "journal/journal.h"
#include "system/raw.h"
#include <errno.h>
#include <stdbool.h>

#define POOL 32

static struct scratch pool[POOL];
static __thread unsigned last; /* index of the area that this thread took last */

/* The thread that takes an area, and where it is on its stack. */
static uint64_t holder_now(void)
{
	return (uint64_t)journal_tid() << 32 | (uint32_t)((uintptr_t)__builtin_frame_address(0) >> 4);
}

static bool take(struct scratch *it, uint64_t before, uint64_t now)
{
	return __atomic_compare_exchange_n(&it->holder, &before, now, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/*
 * Will an area never be given back? True when the thread that took it does not exist: it was cancelled, or is a thread
 * of the parent of this forked child. True when it is this thread, whose stack is no deeper now than when it took the
 * area: it left by longjmp.
 */
static bool is_abandoned(uint64_t holder, uint64_t now)
{
	stack_t alternate;

	if (raw_getpid() != journal_pid()) /* a vfork child must not take areas of its parent's threads */
		return false;
	if (holder >> 32 != now >> 32)
		return raw_call(SYS_tgkill, journal_pid(), (long)(holder >> 32), 0, 0, 0, 0) == -ESRCH;
	return holder <= now && raw_sigaltstack(&alternate) == 0 && !(alternate.ss_flags & SS_ONSTACK);
}

__attribute__((noinline, cold)) static struct scratch *take_abandoned(uint64_t now)
{
	for (unsigned i = 0; i < POOL; i++) {
		uint64_t holder = __atomic_load_n(&pool[i].holder, __ATOMIC_RELAXED);

		if ((!holder || is_abandoned(holder, now)) && take(&pool[i], holder, now))
			return &pool[i];
	}
	return NULL;
}

struct scratch *scratch_take(void)
{
	uint64_t now = holder_now();

	for (unsigned i = 0; i < POOL; i++) {
		struct scratch *it = &pool[(last + i) % POOL];

		if (!__atomic_load_n(&it->holder, __ATOMIC_RELAXED) && take(it, 0, now)) {
			last = (last + i) % POOL;
			return it;
		}
	}
	return take_abandoned(now);
}

void scratch_release(struct scratch *scratch)
{
	__atomic_store_n(&scratch->holder, 0, __ATOMIC_RELEASE);
}
