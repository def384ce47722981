/*
 * journal_writer.h - which process and which thread writes. A fork is noticed by itself: the first record of a child
 * gives it a number of its own. Safety as journal_map.h.
 */
#ifndef PAGELEAK_JOURNAL_WRITER_H
#define PAGELEAK_JOURNAL_WRITER_H

#include "journal/journal_map.h"
#include <stdint.h>
#include <sys/types.h>

/*
 * Registers what journal_process calls in a forked child that has no number yet: it takes one and writes the child's
 * first record. `parent` is the number of the nearest process with one that the child was forked from. Once, before
 * journal_open.
 */
void journal_on_fork(void (*begin)(uint32_t parent));

/* The number of this process; a forked child without one gets it now. 0 when nothing is audited. */
uint32_t journal_process(void);
/* The number of this process; 0 in a forked child that has none yet. Inline, as each record calls it several times. */
static inline uint32_t journal_process_known(void)
{
	return journal_is_open() ? __atomic_load_n(&journal.fork_page->number, __ATOMIC_ACQUIRE) : 0;
}
/* The number of the nearest ancestor with one, this process included, as inherited by memory. */
uint32_t journal_process_nearest(void);
/* Takes a number for a process image that begins, of that pid. 0 when it has one. */
uint32_t journal_process_take(pid_t pid);
/* The pid that belongs to journal_process_known(). Differs from getpid() in a vfork child. */
pid_t journal_pid(void);

/* The thread's id, remembered; in a vfork child its parent's. */
uint32_t journal_tid(void);
/* The same as far as it is remembered, 0 in a thread that has not written yet; without a system call. */
uint32_t journal_tid_known(void);

/* A number that differs in each copy of this process's memory that fork made. Only when the journal is open. */
uint32_t journal_image(void);
/* The same; 0 before journal_image was called in this copy. Allowed when the journal is sealed, too. */
static inline uint32_t journal_image_known(void)
{
	return __atomic_load_n(&journal.fork_page->image, __ATOMIC_RELAXED);
}

#endif
