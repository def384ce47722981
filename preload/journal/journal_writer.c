/*
 * journal_writer.c - gives processes their numbers, and remembers the ids of threads.
 *
 * Must not: take a forked child for its parent.
 */
#include "journal/journal_writer.h"
#include "system/raw.h"

/* A forked child inherits the number of its nearest ancestor. */
static uint32_t nearest;
static uint32_t images; /* taken by this process and those that it was forked from */
static void (*begin_forked)(uint32_t parent);

static __thread uint32_t thread_tid;
static __thread uint32_t thread_of; /* process number that thread_tid was taken in */

void journal_on_fork(void (*begin)(uint32_t parent))
{
	begin_forked = begin;
}

uint32_t journal_process_take(pid_t pid)
{
	uint32_t number = __atomic_fetch_add(&journal_header()->next_process, 1, __ATOMIC_RELAXED);
	uint32_t none = 0;

	journal.fork_page->pid = pid;
	if (!__atomic_compare_exchange_n(&journal.fork_page->number, &none, number, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return 0; /* a signal handler was quicker */
	nearest = number;
	return number;
}

uint32_t journal_process_nearest(void)
{
	return nearest;
}

uint32_t journal_process(void)
{
	uint32_t number = journal_process_known();

	if (__builtin_expect(number == 0, 0) && journal_is_open()) {
		begin_forked(nearest);
		number = journal_process_known();
	}
	return number;
}

pid_t journal_pid(void)
{
	return journal.fork_page ? journal.fork_page->pid : 0;
}

uint32_t journal_tid(void)
{
	uint32_t process = journal_process_known();

	if (__builtin_expect(thread_of != process || !process, 0)) {
		thread_tid = (uint32_t)raw_gettid();
		thread_of = process;
	}
	return thread_tid;
}

uint32_t journal_tid_known(void)
{
	return thread_tid;
}

uint32_t journal_image(void)
{
	uint32_t now = journal_image_known(), next;

	if (__builtin_expect(now != 0, 1))
		return now;
	/* Counted before it is stored: a child that is forked from here on takes another number. */
	next = __atomic_add_fetch(&images, 1, __ATOMIC_RELAXED);
	return __atomic_compare_exchange_n(&journal.fork_page->image, &now, next, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED)
		       ? next
		       : now;
}
