/*
 * journal_map.h - the journal in this process's memory: maps it, counts in its header, reads the clock that its records
 * go by.
 *
 * Functions without a remark may be called from any thread, from signal handlers and from vfork children; none takes a
 * lock, allocates, or touches errno.
 */
#ifndef PAGELEAK_JOURNAL_MAP_H
#define PAGELEAK_JOURNAL_MAP_H

#include "format.h"
#include <stdbool.h>
#include <sys/types.h>

/* Words on a page that fork wipes and vfork does not: so a forked child is recognized, however it was made. */
struct journal_fork_page {
	uint32_t number; /* process number; 0: a forked child that has none yet */
	pid_t pid;       /* that belongs to it */
	uint32_t image;  /* see journal_image */
};

struct journal_map {
	unsigned char *base; /* NULL: not audited */
	uint64_t size;       /* mapped bytes; may be less than the file's */
	uint64_t started_ns;
	const char *path;                    /* absolute; NUL-terminated; lives as long as the library */
	struct journal_fork_page *fork_page; /* there when `base` is */
	unsigned owner;                      /* uid of the file */
	bool small;                          /* only a part of the file is mapped */
	bool sealed;                         /* see journal_seal */
};

extern struct journal_map journal;

/* Maps the journal at `path`, which must live as long as the library. 0 or -errno. Once, at start-up. */
int journal_open(const char *path);

static inline bool journal_is_open(void)
{
	return __builtin_expect(journal.base && !journal.sealed, 1);
}

/* The header of the mapped journal. Only when it is open. */
static inline struct journal_header *journal_header(void)
{
	return (struct journal_header *)journal.base;
}

/*
 * Stops all further system calls and records of the library in this process and those forked from it, for the program
 * is about to install a seccomp filter, which might kill it for a call of ours. `on` false: the filter was not
 * installed after all.
 */
void journal_seal(bool on);

/*
 * Unmaps the journal beyond the next few chunks, as the program is about to limit its address space to `limit_bytes`,
 * or (0) to lock all of it into memory. Records that do not fit then are lost and counted. Not for a vfork child. True:
 * something was unmapped.
 */
bool journal_shrink(uint64_t limit_bytes);

/* Adds to a counter of the header. */
void journal_count(enum journal_counter counter, uint64_t by);

/* Nanoseconds since 1970 by CLOCK_REALTIME, and by the coarse clock that file systems take birth times from. */
uint64_t journal_now(void);
uint64_t journal_now_coarse(void);

#endif
