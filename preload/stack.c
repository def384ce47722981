/*
 * stack.c - takes native stacks and stores each once.
 *
 * libunwind keeps a pipe to test memory with, on whatever descriptors are free, and writes to those numbers even after the
 * program has closed and reused them. It never gets one here: hooks.c answers its pipe2 with a failure and its
 * syscall(SYS_write) with a test that needs no descriptor (stack_is_unwinder tells its calls from the program's).
 *
 * Must not: unwind on a stack that may be too small, inside another capture of the same thread, or in a forked child
 * whose parent was unwinding in another thread.
 */
#include "stack.h"
#include "intern.h"
#include "journal.h"
#include "module.h"
#include "options.h"
#include "raw.h"
#include <dlfcn.h>
#include <errno.h>
#include <sys/resource.h>

/* Measured with libunwind 1.6.2, painting the stack: 5.4 KiB on the slow path. */
#define ROOM ((uintptr_t)16 << 10)

static int (*unw_backtrace)(void **, int);
static bool tried;
static uintptr_t unwinder_start, unwinder_end;
static uint32_t capturing; /* threads inside the unwinder; a forked child inherits the number */
static bool forked_inside; /* they will never come out of it here */
static uintptr_t main_low, main_high, thread_size;

static __thread uintptr_t inside;            /* stack pointer of the capture that this thread is in */
static __thread uintptr_t checked_low, checked_high; /* part of a stack known to have room below it */

void stack_open(void)
{
	struct rlimit limit;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t size = (uintptr_t)8 << 20;

	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		size = limit.rlim_cur;
	thread_size = size > ((uintptr_t)64 << 20) ? (uintptr_t)64 << 20 : size;
	main_low = here > size ? here - size : 0;
	main_high = here + ((uintptr_t)1 << 20); /* arguments and environment */
}

void stack_prepare(void)
{
	int saved = errno;

	if (__atomic_exchange_n(&tried, true, __ATOMIC_ACQ_REL) || !journal_is_open())
		return;
	if (journal_pid() != raw_getpid()) { /* a vfork child: leave it to the parent */
		__atomic_store_n(&tried, false, __ATOMIC_RELEASE);
		return;
	}
	void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	int (*found)(void **, int) = library ? (int (*)(void **, int))dlsym(library, "unw_backtrace") : NULL;
	if (found && module_range((void *)found, &unwinder_start, &unwinder_end))
		__atomic_store_n(&unw_backtrace, found, __ATOMIC_RELEASE);
	errno = saved;
}

bool stack_is_unwinder(const void *address)
{
	return (uintptr_t)address - unwinder_start < unwinder_end - unwinder_start;
}

void stack_forked(void)
{
	forked_inside = __atomic_load_n(&capturing, __ATOMIC_ACQUIRE) > (inside != 0);
	capturing = inside != 0;
}

static uintptr_t thread_pointer(void)
{
	uintptr_t self;

#if defined(__x86_64__)
	__asm__("mov %%fs:0, %0" : "=r"(self));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(self));
#endif
	return self;
}

static bool on_signal_stack(void)
{
	stack_t alternate;

	return raw_sigaltstack(&alternate) == 0 && (alternate.ss_flags & SS_ONSTACK);
}

/* A stack that is neither the main one nor at a thread's own place: a signal's, a coroutine's, or that of a clone. */
static bool alien_has_room(uintptr_t here)
{
	stack_t alternate;

	if (raw_sigaltstack(&alternate) == 0 && (alternate.ss_flags & SS_ONSTACK))
		return here - (uintptr_t)alternate.ss_sp >= ROOM && here - (uintptr_t)alternate.ss_sp <= alternate.ss_size;
	if (raw_getpid() != journal_pid())
		return false;
	return raw_readable((void *)(here - ROOM));
}

static bool has_room(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t self = thread_pointer();

	if (here > main_low + ROOM && here < main_high)
		return true;
	if (here - ROOM >= checked_low && here < checked_high)
		return true;
	/* glibc and musl keep a thread's control block at the top of its stack. */
	bool own = here < self && self - here < thread_size;
	if (own && on_signal_stack())
		own = false;
	if (own ? !raw_readable((void *)(here - ROOM)) : !alien_has_room(here))
		return false;
	checked_low = here - ROOM;
	checked_high = here + 1024;
	return true;
}

/* Stack pointers tell a capture that a handler interrupted from one that was left by longjmp. */
static bool is_nested(void)
{
	return inside && ((uintptr_t)__builtin_frame_address(0) < inside || on_signal_stack());
}

static size_t unwind(uint64_t *addresses, int depth)
{
	int saved = errno, count;

	inside = (uintptr_t)__builtin_frame_address(0);
	__atomic_fetch_add(&capturing, 1, __ATOMIC_ACQUIRE);
	count = unw_backtrace((void **)addresses, depth);
	__atomic_fetch_sub(&capturing, 1, __ATOMIC_RELEASE);
	inside = 0;
	errno = saved;
	return count > 0 ? (size_t)count : 0;
}

static uint32_t stack_write(uint64_t key, const uint64_t *addresses, size_t count, bool cut)
{
	struct journal_stack *record;

	module_note(addresses, count);
	record = journal_begin(sizeof *record + count * sizeof *addresses, 0);
	if (!record)
		return 0;
	record->time_ns = journal_now();
	record->count = (uint32_t)count;
	__builtin_memcpy(record + 1, addresses, count * sizeof *addresses);
	journal_commit(record, RECORD_STACK, cut ? STACK_CUT : 0);
	if (cut)
		journal_count(COUNTER_STACK_CUT, 1);
	struct interned value = {journal_reference(record), 0};
	intern_add(key, value);
	return value.reference;
}

uint32_t stack_capture(struct scratch *scratch)
{
	enum { OWN_MOST = 8 };

	if (!__atomic_load_n(&unw_backtrace, __ATOMIC_ACQUIRE)) {
		stack_prepare();
		if (!unw_backtrace) {
			journal_count(COUNTER_UNWINDER_MISSING, 1);
			return 0;
		}
	}
	if (is_nested() || forked_inside || !has_room()) {
		journal_count(is_nested() ? COUNTER_STACK_NESTED : forked_inside ? COUNTER_UNWINDER_FORKED : COUNTER_STACK_ALIEN, 1);
		return 0;
	}
	size_t most = (size_t)options.depth + OWN_MOST < DEPTH_MAX ? (size_t)options.depth + OWN_MOST : DEPTH_MAX;
	size_t count = unwind(scratch->addresses, (int)most), own = 0;
	bool cut = count == most;
	while (own < count && module_is_own(scratch->addresses[own]))
		own++;
	const uint64_t *addresses = scratch->addresses + own;
	count -= own;
	if (count > (size_t)options.depth)
		count = (size_t)options.depth, cut = true;
	if (!count)
		return 0;
	uint64_t key = hash_words(addresses, count, INTERN_STACK + 16 * (uint64_t)module_generation());
	struct interned known = intern_find(key);
	return known.reference ? known.reference : stack_write(key, addresses, count, cut);
}
