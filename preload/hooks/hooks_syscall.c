/*
 * hooks_syscall.c - hook of syscall(2), by the rows of syscalls.def; hooks of functions that libc may lack, which go to
 * the kernel then; answers to libunwind's own calls.
 *
 * Must not: what hooks.c must not; put a frame under a system call that returns twice.
 */
#include "events/event.h"
#include "hooks/hooks.h"
#include "hooks/hooks_seccomp.h"
#include "journal/note.h"
#include "process/environment.h"
#include "process/mounts_and_roots.h"
#include "process/process_records.h"
#include "stacks/native/unwind.h"
#include "system/raw.h"
#include <errno.h>

/* ---- openat2: glibc 2.43 and later ---- */

struct how { /* struct open_how of linux/openat2.h, of which the first fields are enough */
	uint64_t flags, mode, resolve;
};

PUBLIC int openat2(int directory, const char *path, const struct open_how *how, size_t size)
{
	struct call call = {.api = HOOK_openat2};
	long result;

	event_before_open(&call, directory, path, O_CREAT); /* `how` is not read before the kernel has accepted it */
	if (NEXT(openat2)) {
		result = real_openat2(directory, path, how, size);
	} else {
		result = raw_call(SYS_openat2, directory, (long)path, (long)how, (long)size, 0, 0);
		if (result < 0) {
			event_end(&call);
			errno = (int)-result;
			return -1;
		}
	}
	int flags = result >= 0 ? (int)((const struct how *)how)->flags : 0;
	if (flags & O_CREAT)
		event_opened(&call, directory, path, flags, (int)result);
	event_end(&call);
	return (int)result;
}

/* ---- move_mount: glibc 2.36 and later ---- */

PUBLIC int move_mount(int from, const char *source, int to, const char *target, unsigned flags)
{
	long result;

	if (NEXT(move_mount)) {
		result = real_move_mount(from, source, to, target, flags);
	} else {
		result = raw_call(SYS_move_mount, from, (long)source, to, (long)target, flags, 0);
		if (result < 0) {
			errno = (int)-result;
			return -1;
		}
	}
	if (result == 0)
		mounts_changed(target);
	return (int)result;
}

/* ---- syscall(2) ---- */

#define A(i) (arguments[i])
#define P(i) ((const char *)arguments[i])
#define D(i) ((int)arguments[i])
#define HOW(i) ((int)((const struct how *)arguments[i])->flags)
#define V(i) ((char *const *)arguments[i])

/* As PUT_BACK in hooks_exec.c: `arguments` becomes an array in which argument `i`, the environment, may be changed. */
#define BEFORE_EXEC(path, argv, i)                                                                                     \
	char *const *given = V(i);                                                                                     \
	long changed[6] = {A(0), A(1), A(2), A(3), A(4), A(5)};                                                        \
	struct environment environment;                                                                                \
	if (environment_look(&environment, given))                                                                     \
		changed[i] = (long)environment_build(&environment, __builtin_alloca(environment.room));                \
	arguments = changed;                                                                                           \
	uint32_t exec = process_exec(path, argv, V(i), false)

#define EXEC_FAILED(number, path, argv, i)                                                                             \
	process_exec_failed(exec);                                                                                     \
	if (V(i) != given && errno == E2BIG) {                                                                         \
		changed[i] = (long)given;                                                                              \
		exec = process_exec(path, argv, given, false);                                                         \
		result = syscall_next(number, arguments);                                                              \
		process_exec_failed(exec);                                                                             \
	}

static long syscall_next(long number, const long *arguments)
{
	if (real_syscall)
		return real_syscall(number, A(0), A(1), A(2), A(3), A(4), A(5));
	long result = raw_call(number, A(0), A(1), A(2), A(3), A(4), A(5));
	if (!raw_failed(result))
		return result;
	errno = (int)-result;
	return -1;
}

/* ---- what libunwind calls (stacks/native/unwind.c) ---- */

/* It wants a pipe to test memory with, and gets none. */
PUBLIC int pipe2(int descriptors[2], int flags)
{
	if (unwind_is_caller(__builtin_return_address(0))) {
		errno = EMFILE;
		return -1;
	}
	return NEXT(pipe2)(descriptors, flags);
}

/* It tests memory by writing it to that pipe. */
static long unwinder_write(const void *address)
{
	if (raw_readable((const void *)((uintptr_t)address & ~(uintptr_t)7)))
		return 1;
	errno = EFAULT;
	return -1;
}

__attribute__((noinline)) static long syscall_seen(long number, const long *arguments)
{
	struct call call = {.raw = EVENT_RAW};
	long result;

	NEXT(syscall);
	switch (number) {
#define SYSCALL(number, function, before, success, after)                                                              \
	case SYS_##number: {                                                                                           \
		call.api = HOOK_##function;                                                                            \
		before;                                                                                                \
		result = syscall_next(SYS_##number, arguments);                                                        \
		if (success) {                                                                                         \
			after;                                                                                         \
		}                                                                                                      \
		event_end(&call);                                                                                      \
		return result;                                                                                         \
	}
#include "syscalls.def"
#undef SYSCALL
	default:
		return syscall_next(number, arguments);
	}
}

#if defined(__x86_64__)
/* For each number of a system call: does the hook do more than call libc's function? */
__attribute__((used)) static const unsigned char syscall_wanted[512] = {
	[SYS_write] = 1, /* libunwind's */
#define SYSCALL(number, ...) [SYS_##number] = 1,
#include "syscalls.def"
#undef SYSCALL
};

__attribute__((used)) static long syscall_wrapped(long number, long a, long b, long c, long d, long e, long f)
{
	long arguments[6] = {a, b, c, d, e, f};

	if (number == SYS_write && unwind_is_caller(__builtin_return_address(0)))
		return unwinder_write((const void *)b);
	return syscall_seen(number, arguments);
}

/*
 * All other system calls go on to libc's function by a jump, without a frame of this library: vfork and clone return
 * twice on the same stack. A variadic call with longs has its arguments in the same registers as the function above.
 */
__asm__(".text\n"
	".globl syscall\n"
	".type syscall, @function\n"
	"syscall:\n"
	".cfi_startproc\n"
	"	endbr64\n"
	"	cmp $511, %rdi\n"
	"	ja 1f\n"
	"	lea syscall_wanted(%rip), %rax\n"
	"	cmpb $0, (%rax,%rdi)\n"
	"	jne syscall_wrapped\n"
	"1:	mov real_syscall(%rip), %rax\n"
	"	test %rax, %rax\n"
	"	jz syscall_wrapped\n"
	"	jmp *%rax\n"
	".cfi_endproc\n"
	".size syscall, . - syscall\n");
#else
PUBLIC long syscall(long number, ...)
{
	long arguments[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_write && unwind_is_caller(__builtin_return_address(0)))
		return unwinder_write((const void *)arguments[1]);
	return syscall_seen(number, arguments);
}
#endif
