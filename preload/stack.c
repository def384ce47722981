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
#include "memo.h"
#include "module.h"
#include "options.h"
#include "raw.h"
#include <dlfcn.h>
#include <errno.h>
#include <sys/auxv.h>
#include <sys/resource.h>

/* Measured with libunwind 1.6.2, painting the stack: 5.4 KiB on the slow path. */
#define ROOM ((uintptr_t)16 << 10)

/* Of libunwind's API, by the names that it exports. Contexts and cursors fit into UNWIND_ROOM each (libunwind.h: 127 words). */
static int (*unw_backtrace)(void **, int);
static int (*unw_getcontext)(void *);
static int (*unw_init_local)(void *cursor, void *context);
static int (*unw_step)(void *cursor);
static int (*unw_get_reg)(void *cursor, int, uintptr_t *);
#define UNWIND_ROOM 2048
#if defined(__x86_64__)
enum { REGISTER_SP = 7, REGISTER_IP = 16 }; /* UNW_X86_64_RSP, UNW_X86_64_RIP */
#define UNWIND_NAME(name) "_ULx86_64_" name
#define GETCONTEXT_NAME "_Ux86_64_getcontext"
#else
enum { REGISTER_SP = 31, REGISTER_IP = 32 };
#define UNWIND_NAME(name) "_ULaarch64_" name
#define GETCONTEXT_NAME ""
#endif

/* A stack recognized by its return addresses: at each slot its value. `count` 0: not to be learned again. */
struct stack_memo {
	uint64_t frame; /* key: the frame address of stack_capture */
	uintptr_t thread;
	uint32_t reference, count, generation;
	struct {
		uintptr_t slot, value;
	} links[];
};
static struct memo_table memos;

static bool tried;
static uintptr_t unwinder_start, unwinder_end;
static uint32_t capturing; /* threads inside the unwinder; a forked child inherits the number */
static bool forked_inside; /* they will never come out of it here */
static bool forking;       /* a thread is about to fork: better not begin now */
static uintptr_t main_low, main_high, main_top, thread_size;

static __thread uintptr_t inside;            /* stack pointer of the capture that this thread is in */
static __thread uintptr_t checked_low, checked_high; /* part of a stack known to have room below it */

/* Handlers of pthread_atfork; _Fork, clone and vfork have none, and stack_forked sees to their children. */
static void before_fork(void)
{
	enum { TURNS = 1000 };

	__atomic_store_n(&forking, true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < TURNS && __atomic_load_n(&capturing, __ATOMIC_SEQ_CST) > (inside != 0); i++)
		raw_yield();
}

static void after_fork(void)
{
	__atomic_store_n(&forking, false, __ATOMIC_RELEASE);
}

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
	/* musl lacks the function that glibc's pthread_atfork calls: not linked, but looked up. */
	int (*at_fork)(void (*)(void), void (*)(void), void (*)(void), void *) =
		(int (*)(void (*)(void), void (*)(void), void (*)(void), void *))dlsym(RTLD_DEFAULT, "__register_atfork");
	if (at_fork)
		at_fork(before_fork, after_fork, after_fork, NULL);
	main_top = getauxval(AT_RANDOM); /* 16 bytes that the kernel puts above every frame */
}

bool stack_is_main(const void *address)
{
	return (uintptr_t)address > main_low && (uintptr_t)address < main_top;
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
	if (found && module_range((void *)found, &unwinder_start, &unwinder_end)) {
		unw_getcontext = (int (*)(void *))dlsym(library, GETCONTEXT_NAME);
		unw_init_local = (int (*)(void *, void *))dlsym(library, UNWIND_NAME("init_local"));
		unw_get_reg = (int (*)(void *, int, uintptr_t *))dlsym(library, UNWIND_NAME("get_reg"));
		unw_step = (int (*)(void *))dlsym(library, UNWIND_NAME("step"));
		__atomic_store_n(&unw_backtrace, found, __ATOMIC_RELEASE);
	}
	dlerror();
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

/*
 * Around every use of libunwind. While another thread forks, wait a little: a child that finds nobody inside may unwind.
 * Bounded, for the fork may last, or never come to its end.
 */
static inline void enter(void)
{
	enum { TURNS = 200 };

	for (int i = 0; i < TURNS && __builtin_expect(__atomic_load_n(&forking, __ATOMIC_RELAXED), 0); i++)
		raw_yield();
	inside = (uintptr_t)__builtin_frame_address(0);
	__atomic_fetch_add(&capturing, 1, __ATOMIC_ACQUIRE);
}

static inline void leave(void)
{
	__atomic_fetch_sub(&capturing, 1, __ATOMIC_RELEASE);
	inside = 0;
}

static size_t unwind(uint64_t *addresses, int depth)
{
	int saved = errno, count;

	enter();
	count = unw_backtrace((void **)addresses, depth);
	leave();
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

/* ---- recognition ---- */

/* Must every address from here to `slot` be mapped, as long as this thread runs on this stack? */
static bool is_below_top(uintptr_t here, uintptr_t slot)
{
	enum { THREAD_TOP = 16384 }; /* static TLS, and what glibc puts between it and the outermost frame */
	uintptr_t self = thread_pointer();

	if (here > main_low && here < main_high)
		return slot < main_top;
	return here < self && self - here < thread_size && slot < self && self - slot < THREAD_TOP;
}

static uint32_t recognize(uintptr_t here)
{
	void **set = memo_set(&memos, here);

	for (int way = 0; way < MEMO_WAYS; way++) {
		const struct stack_memo *memo = __atomic_load_n(&set[way], __ATOMIC_ACQUIRE);
		uint32_t i = 0;

		if (!memo || memo->frame != here || !memo->count || memo->thread != thread_pointer() ||
		    memo->generation != module_generation())
			continue;
		while (i < memo->count && *(const uintptr_t *)memo->links[i].slot == memo->links[i].value)
			i++;
		if (i == memo->count)
			return memo->reference;
	}
	return 0;
}

/* Steps over the stack once more, this time with the place of each return address. False when a frame has none. */
static bool find_slots(const uint64_t *addresses, size_t count, struct stack_memo *memo, struct scratch *scratch)
{
	void *context = scratch->text, *cursor = scratch->text + UNWIND_ROOM;
	size_t found = 0;
	uintptr_t ip, sp;

	if (unw_getcontext(context) || unw_init_local(cursor, context) < 0)
		return false;
	while (found < count) {
		if (unw_step(cursor) <= 0 || unw_get_reg(cursor, REGISTER_IP, &ip) || unw_get_reg(cursor, REGISTER_SP, &sp))
			return false;
		if (!found && module_is_own(ip))
			continue;
		uintptr_t slot = sp - sizeof(uintptr_t);
		if (ip != addresses[found] || *(const uintptr_t *)slot != ip || slot < memo->frame)
			return false;
		memo->links[found].slot = slot;
		memo->links[found++].value = ip;
	}
	return is_below_top(memo->frame, memo->links[count - 1].slot);
}

static __attribute__((noinline)) void learn(uintptr_t here, uint32_t reference, const uint64_t *addresses, size_t count,
					    struct scratch *scratch)
{
	struct stack_memo *memo;
	int saved = errno;

	if (!unw_step || !unw_get_reg || !unw_init_local || !unw_getcontext ||
	    !(memo = memo_take(sizeof *memo + count * sizeof memo->links[0])))
		return;
	memo->frame = here;
	memo->thread = thread_pointer();
	memo->reference = reference;
	memo->generation = module_generation();
	enter();
	memo->count = find_slots(addresses, count, memo, scratch) ? (uint32_t)count : 0;
	leave();
	errno = saved;
	if (memo->count)
		memo_add(&memos, memo);
}

/* ---- capture ---- */

static bool may_unwind(void)
{
	if (!__atomic_load_n(&unw_backtrace, __ATOMIC_ACQUIRE)) {
		stack_prepare();
		if (!__atomic_load_n(&unw_backtrace, __ATOMIC_ACQUIRE)) {
			journal_count(COUNTER_UNWINDER_MISSING, 1);
			return false;
		}
	}
	if (is_nested()) {
		journal_count(COUNTER_STACK_NESTED, 1);
		return false;
	}
	if (forked_inside) {
		journal_count(COUNTER_UNWINDER_FORKED, 1);
		return false;
	}
	if (!has_room()) {
		journal_count(COUNTER_STACK_ALIEN, 1);
		return false;
	}
	return true;
}

__attribute__((noinline)) uint32_t stack_capture(struct scratch *scratch)
{
	enum { OWN_MOST = 8 };
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uint32_t recognized = recognize(here);

	if (recognized)
		return recognized;
	if (!may_unwind())
		return 0;
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
	if (!known.reference)
		return stack_write(key, addresses, count, cut);
	known.extra++; /* how often it was walked */
	intern_add(key, known);
	if (memo_is_due(known.extra))
		learn(here, known.reference, addresses, count, scratch);
	return known.reference;
}
