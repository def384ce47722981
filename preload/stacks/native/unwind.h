/*
 * unwind.h - walks native stacks by libunwind, where cfi_walk.h cannot. It is loaded privately: if it were linked, its
 * symbols would replace those by which C++ exceptions unwind. It is used only where that is safe. Every function keeps
 * errno.
 */
#ifndef PAGELEAK_UNWIND_H
#define PAGELEAK_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Registers fork handlers: another thread may be inside libunwind at the moment of a fork. Once, before the first
 * thread.
 */
void unwind_watch_forks(void);
/*
 * Loads libunwind if that has not been tried. May call dlopen; so it is called only before the first thread and the
 * first signal handler of the program, or in the first event of a process that has neither.
 */
void unwind_prepare(void);
/* Forbids to load libunwind from now on. */
void unwind_leave_out(void);
/* Is libunwind loaded, or can it still be? */
bool unwind_can_be_had(void);
/*
 * Forgets the parent's threads, in a forked child. Stops unwinding there if one of them was inside libunwind, and held
 * its locks.
 */
void unwind_forked(void);

/* May the calling thread unwind at this moment? Counts the reason when not. */
bool unwind_allowed(void);
/*
 * Puts return addresses into `addresses`, innermost first, frames of this library included. Returns their number, at
 * most `most`. After unwind_allowed.
 */
size_t unwind_addresses(uint64_t *addresses, size_t most);
/*
 * The same by single steps, with the address where each return address lies in `slots`, 0 where there is none, as below
 * a signal's frame. It takes 50 times as long, but a thread's first walk a third of the time, as libunwind's cache
 * takes 256 KiB a thread. `room` holds UNWIND_ROOM bytes. Returns 0 when it cannot be done.
 */
#define UNWIND_ROOM 4096
size_t unwind_steps(uint64_t *addresses, uint64_t *slots, size_t most, void *room);

/* Is this return address in libunwind? Then it was libunwind that called, and not the program. */
bool unwind_is_caller(const void *address);

#endif
