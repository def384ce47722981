/*
 * shared_words.c - reads and writes words of the journal's header.
 *
 * Must not: wait for another process.
 */
#include "journal/shared_words.h"
#include "journal/journal_map.h"
#include "system/raw.h"

pid_t shared_creator_pid(void)
{
	return journal_is_open() ? (pid_t)journal_header()->creator_pid : 0;
}

/*
 * The word that sender `pid` writes to: by its pid, so that two senders at one time mostly do not overwrite each other.
 */
static uint64_t *sender_slot(pid_t pid)
{
	struct journal_header *header = journal_header();

	return &header->senders[(unsigned)pid % (sizeof header->senders / sizeof *header->senders)];
}

static uint32_t second_now(void)
{
	return (uint32_t)(journal_now_coarse() / 1000000000u);
}

void shared_signal_sending(void)
{
	pid_t pid = journal_is_open() ? raw_getpid() : 0;

	if (pid)
		__atomic_store_n(sender_slot(pid), (uint64_t)second_now() << 32 | (uint32_t)pid, __ATOMIC_RELEASE);
}

bool shared_signal_sent_by(pid_t pid)
{
	/*
	 * Seconds. A pid is reused later, by a process that is not the sender; and the clock may be set back a little.
	 */
	enum { LATELY = 60, SET_BACK = 5 };
	uint64_t slot = pid > 0 && journal_is_open() ? __atomic_load_n(sender_slot(pid), __ATOMIC_ACQUIRE) : 0;

	return slot && (uint32_t)slot == (uint32_t)pid &&
	       second_now() + SET_BACK - (uint32_t)(slot >> 32) < LATELY + SET_BACK;
}

uint32_t shared_looks_asked(void)
{
	return journal_is_open() ? __atomic_load_n(&journal_header()->asked, __ATOMIC_ACQUIRE) : 0;
}

void shared_look_answered(void)
{
	if (journal_is_open())
		__atomic_fetch_add(&journal_header()->answered, 1, __ATOMIC_RELEASE);
}

void shared_directory_moved(void)
{
	if (journal_is_open())
		__atomic_fetch_add(&journal_header()->directory_moves, 1, __ATOMIC_RELEASE);
}

uint64_t shared_directory_moves(void)
{
	return journal_is_open() ? __atomic_load_n(&journal_header()->directory_moves, __ATOMIC_ACQUIRE) : 0;
}
