/*
 * journal.h - the mapped journal: where records are put. Layout and rules: format.h.
 *
 * Every function here may be called from any thread, from signal handlers and from vfork children; none takes a lock,
 * allocates, or touches errno. A fork is noticed by itself: the first record of a child begins a process of its own.
 */
#ifndef PAGELEAK_JOURNAL_H
#define PAGELEAK_JOURNAL_H

#include "format.h"
#include <stdbool.h>
#include <sys/types.h>

struct journal_map {
	unsigned char *base; /* NULL: not audited */
	uint64_t size;       /* mapped bytes; may be less than the file's */
	uint64_t started_ns;
	const char *path; /* absolute; NUL-terminated; lives as long as the library */
	unsigned owner;   /* uid of the file */
	bool small;       /* only a part of the file is mapped */
	bool sealed;      /* see journal_seal */
};

extern struct journal_map journal;

/* Maps the journal at `path`. 0 or -errno. Once, at start-up. */
int journal_open(const char *path);

static inline bool journal_is_open(void)
{
	return __builtin_expect(journal.base && !journal.sealed, 1);
}

/*
 * Stops every further system call and record of this process, and of those forked from it: a seccomp filter is about to be
 * installed, and what it would do to our calls is not known. `on` false: it was not installed after all.
 */
void journal_seal(bool on);

/*
 * The program is about to limit its address space to that many bytes, or (0) to lock all of it into memory: gives back what is
 * mapped beyond the next few chunks. What does not fit then is lost, and counted. Not for a vfork child.
 */
void journal_shrink(uint64_t limit_bytes);

/*
 * Space for a record of `size` bytes, its head filled in. NULL, counted, when there is none. The record becomes valid by
 * journal_commit; `type` is what is known of it until then. `process` 0: the current process.
 */
void *journal_begin(enum journal_record_type type, size_t size, uint32_t process);
void journal_commit(void *record, enum journal_record_type type, uint16_t flags);
/* Reference to a record that was begun; 0 for NULL. */
uint32_t journal_reference(const void *record);
/* The process that all others of the audit come from, by its pid; the pageleak that is its parent, where one stays. */
pid_t journal_creator(void);
/* This process sends the snapshot signal; did `pid`, of late? 0, somebody in another pid namespace, did not. */
void journal_sends(void);
bool journal_sent(pid_t pid);
/* Adds to a counter of the header. */
void journal_count(enum journal_counter counter, uint64_t by);

/*
 * A call that makes, moves or removes names is under way between these two. One that never comes to its end (cancelled, left
 * by longjmp, killed) stays counted. `it` begins as zeros, and need not have been begun to be ended.
 */
struct journal_underway {
	uint32_t *count; /* NULL: not counted */
	uint32_t image;  /* a copy made by fork in between is not counted twice */
};
void journal_underway(struct journal_underway *it, bool removes);
void journal_underway_end(const struct journal_underway *it);

/* How often a report has asked the living program what holds its pages; and one answer more. */
uint32_t journal_asked(void);
void journal_answered(void);

/* A directory was renamed, and: how often that has happened in the whole audit. */
void journal_directory_moved(void);
uint64_t journal_directory_moves(void);

/* CLOCK_REALTIME, and the coarse clock that birth times are taken from. */
uint64_t journal_now(void);
uint64_t journal_now_coarse(void);

/*
 * The number of this process; a forked child that has none yet gets one by `process_begin_forked` (process.c). 0 when nothing
 * is audited. `journal_process_known` does not give it one: it returns 0 in such a child.
 */
uint32_t journal_process(void);
uint32_t journal_process_known(void);
/* The number of the nearest ancestor with one, itself included, as inherited by memory. */
uint32_t journal_process_nearest(void);
/* The pid that belongs to journal_process_known(). Differs from getpid() in a vfork child. */
pid_t journal_pid(void);
/* Takes a number for a process image that begins. 0 when it has one. */
uint32_t journal_process_take(pid_t pid);

/* Thread id, remembered; in a vfork child its parent's. */
uint32_t journal_tid(void);

#endif
