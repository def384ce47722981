/*
 * stack_bounds.c - the bounds of the main thread's stack, taken once, and those of other stacks, by the thread pointer
 * and by probes.
 *
 * Must not: read memory that it has not probed.
 */
#include "system/stack_bounds.h"
#include "system/raw.h"
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

static uintptr_t main_low, main_high, main_top, thread_size;
static __thread uintptr_t checked_low, checked_high; /* part of a stack known to have room below it */

/*
 * The end of the main stack, from which its size limit is measured: the kernel puts the program's name last
 * (fs/binfmt_elf.c).
 */
static uintptr_t main_end(uintptr_t here)
{
	enum { PAGE = 4096 };
	const char *name = (const char *)getauxval(AT_EXECFN);

	return (((uintptr_t)name < here ? here : (uintptr_t)name + strlen(name)) + PAGE) & ~(uintptr_t)(PAGE - 1);
}

void stack_bounds_open(void)
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

bool stack_bounds_is_main(const void *address)
{
	return (uintptr_t)address > main_low && (uintptr_t)address < main_top;
}

uintptr_t stack_bounds_thread(void)
{
	uintptr_t self;

#if defined(__x86_64__)
	__asm__("mov %%fs:0, %0" : "=r"(self));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(self));
#endif
	return self;
}

/* Is everything between mapped? A guard page separates a thread's stack from any other. */
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

bool stack_bounds_on_signal_stack(void)
{
	stack_t alternate;

	return raw_sigaltstack(&alternate) == 0 && (alternate.ss_flags & SS_ONSTACK);
}

/*
 * Is there room on a stack that is neither the main one nor the thread's own? Yes on an alternate signal stack of
 * enough size. No on a coroutine's stack: libunwind reads past its end, and remembers its pages as readable when they
 * have long been unmapped.
 */
static bool alien_has_room(uintptr_t here, uintptr_t room)
{
	stack_t alternate;

	return raw_sigaltstack(&alternate) == 0 && (alternate.ss_flags & SS_ONSTACK) &&
	       here - (uintptr_t)alternate.ss_sp >= room && here - (uintptr_t)alternate.ss_sp <= alternate.ss_size;
}

bool stack_bounds_has_room(size_t room)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t self = stack_bounds_thread();

	if (here > main_low + room && here < main_high)
		return true;
	if (here - room >= checked_low && here < checked_high)
		return true;
	/* glibc and musl keep a thread's control block at the top of its stack. */
	bool own = here < self && self - here < thread_size;
	if (own && stack_bounds_on_signal_stack())
		own = false;
	if (own ? !is_contiguous(here - room, here) : !alien_has_room(here, room))
		return false;
	checked_low = here - room;
	checked_high = here + 1024;
	return true;
}

bool stack_bounds_has_mapped(size_t room)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return stack_bounds_has_room(room) || is_contiguous(here - room, here);
}

bool stack_bounds_is_own_stack(uintptr_t here, uintptr_t slot)
{
	uintptr_t self = stack_bounds_thread();

	if (here > main_low && here < main_high)
		return slot < main_top;
	return here < self && self - here < thread_size && slot < self && is_contiguous(here, self);
}
