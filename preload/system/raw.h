/*
 * raw.h - system calls made directly, past libc and all preloaded libraries. They return -errno, never touch errno, are
 * no cancellation points, and may be called in signal handlers and vfork children.
 *
 * Must not: call any function that a program or another preloaded library could have replaced.
 */
#ifndef PAGELEAK_RAW_H
#define PAGELEAK_RAW_H

#include "system/valgrind.h"
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#if defined(__x86_64__)
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
	return x0;
}
#else
#error "pageleak knows the system calls of x86-64 and aarch64 only"
#endif

static inline int raw_statx(int directory, const char *path, int flags, unsigned mask, struct statx *out)
{
	return (int)raw_call(SYS_statx, directory, (long)path, flags, mask, (long)out, 0);
}

static inline int raw_open(const char *path, int flags)
{
	return (int)raw_call(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

static inline long raw_read(int fd, void *buffer, size_t size)
{
	return raw_call(SYS_read, fd, (long)buffer, (long)size, 0, 0, 0);
}

static inline int raw_close(int fd)
{
	return (int)raw_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* Puts at most `size` bytes of a link's target into `buffer`, without a NUL. Returns their number. */
static inline long raw_readlinkat(int directory, const char *path, char *buffer, size_t size)
{
	return raw_call(SYS_readlinkat, directory, (long)path, (long)buffer, (long)size, 0, 0);
}

static inline long raw_readlink(const char *path, char *buffer, size_t size)
{
	return raw_readlinkat(AT_FDCWD, path, buffer, size);
}

/* Puts the current directory into `buffer`. Returns its length with the NUL. */
static inline long raw_getcwd(char *buffer, size_t size)
{
	return raw_call(SYS_getcwd, (long)buffer, (long)size, 0, 0, 0, 0);
}

/* Returns the address, or -errno: raw_failed tells which. */
static inline long raw_mmap(size_t size, int protection, int flags, int fd)
{
	return raw_call(SYS_mmap, 0, (long)size, protection, flags, fd, 0);
}

static inline int raw_failed(long result)
{
	return result < 0 && result > -4096;
}

static inline int raw_munmap(void *address, size_t size)
{
	return (int)raw_call(SYS_munmap, (long)address, (long)size, 0, 0, 0, 0);
}

static inline int raw_madvise(void *address, size_t size, int advice)
{
	return (int)raw_call(SYS_madvise, (long)address, (long)size, advice, 0, 0, 0);
}

static inline int raw_fallocate(int fd, uint64_t offset, uint64_t size)
{
	return (int)raw_call(SYS_fallocate, fd, 0, (long)offset, (long)size, 0, 0);
}

static inline int raw_getpid(void)
{
	return (int)raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline int raw_getppid(void)
{
	return (int)raw_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static inline int raw_gettid(void)
{
	return (int)raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline void raw_yield(void)
{
	raw_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static inline unsigned raw_geteuid(void)
{
	return (unsigned)raw_call(SYS_geteuid, 0, 0, 0, 0, 0, 0);
}

static inline int raw_sigaltstack(stack_t *now)
{
	return (int)raw_call(SYS_sigaltstack, 0, (long)now, 0, 0, 0, 0);
}

/*
 * Can the 8 bytes at `address`, a multiple of 8, be read? rt_sigprocmask copies the set from user memory before it
 * checks `how`: it fails with EFAULT when it cannot, and otherwise with EINVAL for the invalid `how` (kernel/signal.c).
 * It changes nothing.
 */
static inline int raw_readable(const void *address)
{
	if (valgrind_runs_this()) { /* which would report the set as an error of the program, but not mincore's address */
		unsigned char resident;
		return raw_call(SYS_mincore, (long)address & ~4095L, 1, (long)&resident, 0, 0, 0) == 0;
	}
	return raw_call(SYS_rt_sigprocmask, ~0, (long)address, 0, 8, 0, 0) == -22;
}

/*
 * Does this process run under a seccomp filter that it inherited, say from a service manager or a container? Such a
 * filter may kill a process for a system call that few programs make: callers leave such calls out.
 */
static inline int raw_is_filtered(void)
{
	return raw_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0, 0) != 0;
}

/*
 * Copies memory of this process that another thread may unmap at any moment; fails with -EFAULT then, instead of
 * raising SIGSEGV. Returns the number of bytes. Not to be called when raw_is_filtered.
 */
static inline long raw_copy(void *to, const void *from, size_t size)
{
	struct iovec local = {to, size}, remote = {(void *)from, size};

	return raw_call(SYS_process_vm_readv, raw_getpid(), (long)&local, 1, (long)&remote, 1, 0);
}

static inline long raw_getxattr(const char *path, const char *name, void *value, size_t size)
{
	return raw_call(SYS_getxattr, (long)path, (long)name, (long)value, (long)size, 0, 0);
}

static inline long raw_setxattr(const char *path, const char *name, const void *value, size_t size)
{
	return raw_call(SYS_setxattr, (long)path, (long)name, (long)value, (long)size, 0, 0);
}

#endif
