/*
 * unwind.c - loads libunwind and calls it where that is safe.
 *
 * libunwind tests memory by writing it to a pipe, whose descriptors the program may close and reuse: it would write
 * into a file of the program. It does not get a pipe here: hooks_syscall.c lets its pipe2 fail, and answers its
 * syscall(SYS_write) by a probe that needs no descriptor (unwind_is_caller tells its calls from the program's).
 *
 * Must not: unwind on a stack that may be too small, inside another capture of the same thread, or in a forked child
 * whose parent was unwinding in another thread.
 */
#include "stacks/native/unwind.h"
#include "journal/journal.h"
#include "stacks/native/loaded_modules.h"
#include "journal/note.h"
#include "system/raw.h"
#include "system/stack_bounds.h"
#include <dlfcn.h>
#include <errno.h>

/*
 * Bytes of stack that must be left. Measured by painting the stack (libunwind 1.6.2, x86-64): unw_backtrace takes 5,016
 * bytes at an address that is new to it and 4,568 at others, single steps 2,200; a whole hook 5,416
 * (tests/victims/painted.c), one that loads libunwind 5,160 and more.
 */
#define ROOM ((uintptr_t)16 << 10)

/*
 * Functions of libunwind, by the names that it exports. A context and a cursor take 127 words each: half of
 * UNWIND_ROOM.
 */
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
static uint32_t capturing; /* threads inside libunwind; a forked child inherits the number */
static bool forked_inside; /* in a forked child: a thread of the parent was inside, and holds locks for ever */
static bool forking;       /* a thread is about to fork: others wait a little before they enter libunwind */

static __thread uintptr_t inside; /* stack pointer of the walk that this thread is in; 0 none */

/* Handlers of pthread_atfork. _Fork, clone and vfork call none: unwind_forked deals with their children. */
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

void unwind_watch_forks(void)
{
	/* Looked up and not linked, because musl lacks this function, which glibc's pthread_atfork calls. */
	int (*at_fork)(void (*)(void), void (*)(void), void (*)(void), void *) =
		(int (*)(void (*)(void), void (*)(void), void (*)(void), void *))dlsym(RTLD_DEFAULT,
										       "__register_atfork");

	if (at_fork)
		at_fork(before_fork, after_fork, after_fork, NULL);
	else
		dlerror(); /* takes the error of this lookup away */
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
	 * ThreadSanitizer would report races in libunwind's caches, and end the program; valgrind would report that it
	 * reads parts of the stack that were never written.
	 */
	watched = valgrind_runs_this() || dlsym(RTLD_DEFAULT, "__tsan_init") != NULL;
	if (watched)
		note_write(NOTE_WATCHED, NULL);
	void *library = watched ? NULL : dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	int (*found)(void **, int) = library ? (int (*)(void **, int))dlsym(library, "unw_backtrace") : NULL;
	if (found && loaded_modules_range((void *)found, &unwinder_start, &unwinder_end)) {
		unw_getcontext = (int (*)(void *))dlsym(library, GETCONTEXT_NAME);
		unw_init_local = (int (*)(void *, void *))dlsym(library, UNWIND_NAME("init_local"));
		unw_get_reg = (int (*)(void *, int, uintptr_t *))dlsym(library, UNWIND_NAME("get_reg"));
		unw_step = (int (*)(void *))dlsym(library, UNWIND_NAME("step"));
		steps = unw_getcontext && unw_init_local && unw_get_reg && unw_step;
		__atomic_store_n(&unw_backtrace, found, __ATOMIC_RELEASE);
	}
	dlerror(); /* takes the errors of these lookups away */
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

/*
 * Has a signal handler interrupted a walk of this thread? A walk that was left by longjmp had a lower stack pointer
 * than this one.
 */
static bool is_nested(void)
{
	return inside && ((uintptr_t)__builtin_frame_address(0) < inside || stack_bounds_on_signal_stack());
}

bool unwind_allowed(void)
{
	if (!stack_bounds_has_room(ROOM)) {
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
 * Called around every use of libunwind. Waits while another thread is about to fork: only a child that was forked with
 * no thread inside may unwind. The wait is bounded, because a fork may take long or never return.
 */
static inline void enter(void)
{
	enum { TURNS = 200 };

	for (int i = 0; i < TURNS && __builtin_expect(__atomic_load_n(&forking, __ATOMIC_RELAXED), 0); i++)
		raw_yield();
	if (!inside) /* otherwise longjmp left the last walk of this thread, which is still counted */
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

/* Does the return address lie at `slot`? On a stack without CFI libunwind may give any stack pointer. */
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
		/*
		 * The return address lies just below the caller's stack pointer; in code without CFI above the saved
		 * frame pointer.
		 */
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
