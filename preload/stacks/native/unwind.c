/*
 * unwind.c - loads libunwind and lets it work where that is safe.
 *
 * libunwind keeps a pipe to test memory with, on whatever descriptors are free, and writes to those numbers even after the
 * program has closed and reused them. It never gets one here: hooks_odd.c answers its pipe2 with a failure and its
 * syscall(SYS_write) with a test that needs no descriptor (unwind_is_caller tells its calls from the program's).
 *
 * Must not: unwind on a stack that may be too small, inside another capture of the same thread, or in a forked child
 * whose parent was unwinding in another thread.
 */
#include "stacks/native/unwind.h"
#include "journal/journal.h"
#include "stacks/native/loaded_modules.h"
#include "journal/note.h"
#include "system/raw.h"
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

/*
 * Measured by painting the stack (libunwind 1.6.2, x86-64): unw_backtrace takes 5,016 bytes where an address is new to it and
 * 4,568 afterwards, single steps 2,200; a whole hook 5,416 (tests/victims/painted.c), one that loads libunwind 5,160 and more.
 */
#define ROOM ((uintptr_t)16 << 10)

/* Of libunwind's API, by the names that it exports. A context and a cursor fit into half of UNWIND_ROOM each (127 words). */
static int (*unw_backtrace)(void **, int);
static int (*unw_getcontext)(void *);
static int (*unw_init_local)(void *cursor, void *context);
static int (*unw_step)(void *cursor);
static int (*unw_get_reg)(void *cursor, int, uintptr_t *);
#if defined(__x86_64__)
enum { REGISTER_FP = 6, REGISTER_SP = 7, REGISTER_IP = 16 }; /* UNW_X86_64_RBP, _RSP, _RIP */
#define UNWIND_NAME(name) "_ULx86_64_" name
#define GETCONTEXT_NAME "_Ux86_64_getcontext"
#else
enum { REGISTER_FP = 29, REGISTER_SP = 31, REGISTER_IP = 32 };
#define UNWIND_NAME(name) "_ULaarch64_" name
#define GETCONTEXT_NAME "" /* inline there: no single steps */
#endif

static bool tried, watched, steps;
static uintptr_t unwinder_start, unwinder_end;
static uint32_t capturing; /* threads inside the unwinder; a forked child inherits the number */
static bool forked_inside; /* they will never come out of it here */
static bool forking;       /* a thread is about to fork: better not begin now */
static uintptr_t main_low, main_high, main_top, thread_size;

static __thread uintptr_t inside;                    /* stack pointer of the capture that this thread is in */
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

/* What the limit of the main stack is measured from: the kernel puts the program's name last of all (fs/binfmt_elf.c). */
static uintptr_t main_end(uintptr_t here)
{
	enum { PAGE = 4096 };
	const char *name = (const char *)getauxval(AT_EXECFN);

	return (((uintptr_t)name < here ? here : (uintptr_t)name + strlen(name)) + PAGE) & ~(uintptr_t)(PAGE - 1);
}

void unwind_open(void)
{
	struct rlimit limit;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t size = (uintptr_t)8 << 20;

	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		size = limit.rlim_cur;
	thread_size = size > ((uintptr_t)64 << 20) ? (uintptr_t)64 << 20 : size;
	uintptr_t top = main_end(here);
	main_low = top > size ? top - size : 0;
	main_high = here + ((uintptr_t)1 << 20); /* arguments and environment */
	main_top = getauxval(AT_RANDOM);         /* 16 bytes that the kernel puts above every frame */
}

void unwind_watch_forks(void)
{
	/* musl lacks the function that glibc's pthread_atfork calls: not linked, but looked up. */
	int (*at_fork)(void (*)(void), void (*)(void), void (*)(void), void *) =
		(int (*)(void (*)(void), void (*)(void), void (*)(void), void *))dlsym(RTLD_DEFAULT,
										       "__register_atfork");

	if (at_fork)
		at_fork(before_fork, after_fork, after_fork, NULL);
	else
		dlerror(); /* what was not found is not the program's business */
}

bool unwind_is_main(const void *address)
{
	return (uintptr_t)address > main_low && (uintptr_t)address < main_top;
}

void unwind_prepare(void)
{
	int saved = errno;

	if (!journal_is_open() || __atomic_exchange_n(&tried, true, __ATOMIC_ACQ_REL))
		return;
	if (journal_pid() != raw_getpid()) { /* a vfork child: leave it to the parent */
		__atomic_store_n(&tried, false, __ATOMIC_RELEASE);
		return;
	}
	/*
	 * ThreadSanitizer sees how libunwind shares its caches, and ends the program with a report of races; valgrind sees it
	 * read parts of the stack that were never written.
	 */
	watched = simulated() || dlsym(RTLD_DEFAULT, "__tsan_init") != NULL;
	if (watched)
		note_write(NOTE_WATCHED, NULL);
	void *library = watched ? NULL : dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	int (*found)(void **, int) = library ? (int (*)(void **, int))dlsym(library, "unw_backtrace") : NULL;
	if (found && module_range((void *)found, &unwinder_start, &unwinder_end)) {
		unw_getcontext = (int (*)(void *))dlsym(library, GETCONTEXT_NAME);
		unw_init_local = (int (*)(void *, void *))dlsym(library, UNWIND_NAME("init_local"));
		unw_get_reg = (int (*)(void *, int, uintptr_t *))dlsym(library, UNWIND_NAME("get_reg"));
		unw_step = (int (*)(void *))dlsym(library, UNWIND_NAME("step"));
		steps = unw_getcontext && unw_init_local && unw_get_reg && unw_step;
		__atomic_store_n(&unw_backtrace, found, __ATOMIC_RELEASE);
	}
	dlerror(); /* what was not found is not the program's business */
	errno = saved;
}

void unwind_leave_out(void)
{
	__atomic_store_n(&tried, true, __ATOMIC_RELEASE);
}

bool unwind_can_be_had(void)
{
	return __atomic_load_n(&unw_backtrace, __ATOMIC_ACQUIRE) || !__atomic_load_n(&tried, __ATOMIC_ACQUIRE);
}

bool unwind_is_caller(const void *address)
{
	return (uintptr_t)address - unwinder_start < unwinder_end - unwinder_start;
}

void unwind_forked(void)
{
	forking = false; /* of a thread that is not here */
	forked_inside = __atomic_load_n(&capturing, __ATOMIC_ACQUIRE) > (inside != 0);
	capturing = inside != 0;
}

uintptr_t unwind_thread(void)
{
	uintptr_t self;

#if defined(__x86_64__)
	__asm__("mov %%fs:0, %0" : "=r"(self));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(self));
#endif
	return self;
}

/* Nothing unmapped on the way: a guard page lies between a thread's stack and any other. */
static bool is_contiguous(uintptr_t from, uintptr_t to)
{
	enum { PAGE = 4096, PAGES_MOST = 512 };

	if (to - from > (uintptr_t)PAGE * PAGES_MOST)
		return false;
	for (uintptr_t page = from & ~(uintptr_t)(PAGE - 1); page < to; page += PAGE)
		if (!raw_readable((const void *)page))
			return false;
	return true;
}

static bool on_signal_stack(void)
{
	stack_t alternate;

	return raw_sigaltstack(&alternate) == 0 && (alternate.ss_flags & SS_ONSTACK);
}

/*
 * A stack that is neither the main one nor at a thread's own place: a signal's is fine. A coroutine's is not: libunwind reads
 * past its end, and remembers which pages could be read when that stack has long been unmapped.
 */
static bool alien_has_room(uintptr_t here, uintptr_t room)
{
	stack_t alternate;

	return raw_sigaltstack(&alternate) == 0 && (alternate.ss_flags & SS_ONSTACK) &&
	       here - (uintptr_t)alternate.ss_sp >= room && here - (uintptr_t)alternate.ss_sp <= alternate.ss_size;
}

bool unwind_has_room(size_t room)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t self = unwind_thread();

	if (here > main_low + room && here < main_high)
		return true;
	if (here - room >= checked_low && here < checked_high)
		return true;
	/* glibc and musl keep a thread's control block at the top of its stack. */
	bool own = here < self && self - here < thread_size;
	if (own && on_signal_stack())
		own = false;
	if (own ? !is_contiguous(here - room, here) : !alien_has_room(here, room))
		return false;
	checked_low = here - room;
	checked_high = here + 1024;
	return true;
}

bool unwind_has_mapped(size_t room)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return unwind_has_room(room) || is_contiguous(here - room, here);
}

/* Stack pointers tell a capture that a handler interrupted from one that was left by longjmp. */
static bool is_nested(void)
{
	return inside && ((uintptr_t)__builtin_frame_address(0) < inside || on_signal_stack());
}

bool unwind_allowed(void)
{
	if (!unwind_has_room(ROOM)) {
		journal_count(COUNTER_STACK_ALIEN, 1);
		return false;
	}
	if (!__atomic_load_n(&unw_backtrace, __ATOMIC_ACQUIRE)) {
		unwind_prepare();
		if (!__atomic_load_n(&unw_backtrace, __ATOMIC_ACQUIRE)) {
			journal_count(COUNTER_UNWINDER_MISSING, !watched);
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
	return true;
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
	if (!inside) /* else a handler's longjmp left the last capture: it is counted still */
		__atomic_fetch_add(&capturing, 1, __ATOMIC_ACQUIRE);
	inside = (uintptr_t)__builtin_frame_address(0);
}

static inline void leave(void)
{
	inside = 0;
	__atomic_fetch_sub(&capturing, 1, __ATOMIC_RELEASE);
}

size_t unwind_addresses(uint64_t *addresses, size_t most)
{
	int saved = errno, count;

	enter();
	count = unw_backtrace((void **)addresses, (int)most);
	leave();
	errno = saved;
	return count > 0 ? (size_t)count : 0;
}

/* A return address lies at `slot`, if anywhere. What libunwind makes of a stack without CFI may point anywhere. */
static bool holds(uintptr_t slot, uintptr_t ip)
{
	return slot % sizeof slot == 0 && raw_readable((const void *)slot) && *(const uintptr_t *)slot == ip;
}

static size_t step(uint64_t *addresses, uint64_t *slots, size_t most, void *cursor)
{
	size_t count = 0;
	uintptr_t ip, sp, fp = 0;

	unw_get_reg(cursor, REGISTER_FP, &fp);
	while (count < most && unw_step(cursor) > 0 && !unw_get_reg(cursor, REGISTER_IP, &ip) &&
	       !unw_get_reg(cursor, REGISTER_SP, &sp) && ip) {
		/* Just below the stack pointer that the caller had; in code without CFI above the saved frame pointer. */
		uintptr_t below_sp = sp - sizeof sp, above_fp = fp + sizeof fp;

		addresses[count] = ip;
		slots[count++] = holds(below_sp, ip) ? below_sp : holds(above_fp, ip) ? above_fp : 0;
		if (unw_get_reg(cursor, REGISTER_FP, &fp))
			fp = 0;
	}
	return count;
}

size_t unwind_steps(uint64_t *addresses, uint64_t *slots, size_t most, void *room)
{
	void *context = room, *cursor = (char *)room + UNWIND_ROOM / 2;
	int saved = errno;
	size_t count = 0;

	if (!steps)
		return 0;
	enter();
	if (!unw_getcontext(context) && unw_init_local(cursor, context) >= 0)
		count = step(addresses, slots, most, cursor);
	leave();
	errno = saved;
	return count;
}

/* ---- whose stack ---- */

bool unwind_is_own_stack(uintptr_t here, uintptr_t slot)
{
	uintptr_t self = unwind_thread();

	if (here > main_low && here < main_high)
		return slot < main_top;
	return here < self && self - here < thread_size && slot < self && is_contiguous(here, self);
}
