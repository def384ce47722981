/*
 * unwind.h - libunwind, loaded privately (FACTS 3.1: linked, it would change how C++ exceptions unwind), and used only where
 * that is safe. Every function keeps errno.
 */
#ifndef PAGELEAK_UNWIND_H
#define PAGELEAK_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before the first thread: from then on another one may be unwinding at the moment of a fork. Once. */
void unwind_watch_forks(void);
/*
 * Loads libunwind if that has not been tried. It may call dlopen, so only: before the first thread, before the first signal
 * handler, or in the first event of a process that has neither.
 */
void unwind_prepare(void);
/* From now on it would come too late: what is not loaded yet never is. */
void unwind_leave_out(void);
/* Is it there, or can still be loaded? */
bool unwind_can_be_had(void);
/* In a forked child: another thread of the parent may have held libunwind's locks. */
void unwind_forked(void);

/* May the calling thread unwind here and now? Counts why not. */
bool unwind_allowed(void);
/* Return addresses into `addresses`, innermost first, own frames included; the number of them. After unwind_allowed. */
size_t unwind_addresses(uint64_t *addresses, size_t most);
/*
 * The same by single steps, with the place of each return address in `slots` (0: it has none, as below a signal's frame). 50
 * times dearer, but the first of all costs a third: libunwind's own memory of frames is 256 KiB a thread. `room` holds
 * UNWIND_ROOM bytes. 0 when it cannot be done.
 */
#define UNWIND_ROOM 4096
size_t unwind_steps(uint64_t *addresses, uint64_t *slots, size_t most, void *room);

/* Is this return address in libunwind? Then the call is its own and not the program's. */
bool unwind_is_caller(const void *address);

#endif
