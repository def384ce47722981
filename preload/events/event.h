/*
 * event.h - turns calls into EVENT records. A hook (hooks.c) calls one function here before the real call, and one
 * after it when that has succeeded.
 *
 * Any thread, signal handlers, forked and vforked children; errno is kept. Strings of the program are read only after
 * the real call has succeeded with them; before that only the kernel reads them.
 */
#ifndef PAGELEAK_EVENT_H
#define PAGELEAK_EVENT_H

#include "format.h"
#include "journal/journal.h"
#include "events/path.h"
#include <stdint.h>
#include <sys/socket.h>

/* One call, on the hook's stack. */
struct call {
	uint16_t api; /* hook id */
	uint16_t raw; /* EVENT_RAW when it came by syscall(2) */
	bool looked;  /* `page` says what was there before the call */
	bool queue;   /* a message queue: its size is never 0, and its path need not be mounted */
	struct journal_underway underway;
	uint64_t before_ns;            /* a time before the call */
	struct subject page, replaced; /* the file; the file that a rename replaces */
};

/* ---- before the call, which is counted as under way until event_end ---- */
/* Before a call that makes a name, and fails when it exists. */
void event_before_made(struct call *call);
/*
 * Before a call that may make a name: takes the time, which the birth of a new file cannot precede, and where file
 * systems have no birth times looks up what is there. Counts as under way if `flags` have O_CREAT.
 */
void event_before_open(struct call *call, int directory, const char *path, int flags);
/* Before a call that removes a name: identifies the file, which cannot be identified afterwards. */
void event_before_release(struct call *call, int directory, const char *path);
void event_before_rename(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
			 unsigned flags);

/* ---- after the call, also when it has failed ---- */
static inline void event_end(const struct call *call)
{
	journal_underway_end(&call->underway);
}

/* ---- after the call has succeeded ---- */
/* After open(2) or the like with O_CREAT in `flags`, which returned `fd`: records a file that it has made. */
void event_opened(struct call *call, int directory, const char *path, int flags, int fd);
/* After a call that makes a name, and fails when it exists (mkdir, symlink, bind ...). */
void event_made(struct call *call, int directory, const char *path);
/* After a call that may have made this name (sem_open, gmon.out ...): decides by its birth time. */
void event_perhaps_made(struct call *call, int directory, const char *path);
void event_released(struct call *call, int directory, const char *path);
/* `path` was renamed to `new_path`. `flags` as for renameat2. */
void event_renamed(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
		   unsigned flags);
/* `new_path` was made, as another name of `path`. `flags` as for linkat. */
void event_linked(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
		  int flags);
/* A socket was bound. Records the name of an AF_UNIX one; does nothing for other families. */
void event_bound(struct call *call, const struct sockaddr *address, socklen_t size);

/*
 * Composes a path as libc does: a prefix such as "/dev/shm/", then the name without its leading slashes. `to` holds
 * NAMED_MAX bytes. Returns `to`; "" when it does not fit, or `name` cannot be read.
 */
#define NAMED_MAX 300
const char *event_name(char *to, const char *prefix, const char *name);

#endif
