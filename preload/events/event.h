/*
 * event.h - what a call means for the names on disk. A hook (hooks.c) tells what it is about to do, makes the real call, and
 * says what came of it; this turns that into EVENT records.
 *
 * Safe in signal handlers, forked and vforked children, any thread. No function here changes errno. Paths are read only
 * after the real call has succeeded with them.
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
	bool looked;  /* `page` says what was there before */
	bool queue;   /* a message queue: its size is never 0, and its path need not be mounted */
	struct journal_underway underway;
	uint64_t before_ns;
	struct subject page, replaced;
};

/* ---- before: the call is counted as under way until event_end ---- */
/* A name is about to be made by a call that fails when it exists. */
void event_before_made(struct call *call);
/*
 * A name may come into being: note the time that its birth cannot precede, and where needed what is there already. Under way
 * is what has O_CREAT in `flags`.
 */
void event_before_open(struct call *call, int directory, const char *path, int flags);
/* A name is about to go. */
void event_before_release(struct call *call, int directory, const char *path);
void event_before_rename(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
			 unsigned flags);

/* ---- after, whatever came of it ---- */
static inline void event_end(const struct call *call)
{
	journal_underway_end(&call->underway);
}

/* ---- after, on success ---- */
/* open(2) and its kin with O_CREAT in `flags` gave `fd`. */
void event_opened(struct call *call, int directory, const char *path, int flags, int fd);
/* A name was made by a call that fails when it exists (mkdir, symlink, bind ...). */
void event_made(struct call *call, int directory, const char *path);
/* Something may have made this name (sem_open, gmon.out ...): it is looked at, by birth time. */
void event_perhaps_made(struct call *call, int directory, const char *path);
void event_released(struct call *call, int directory, const char *path);
/* `flags` as for renameat2. */
void event_renamed(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
		   unsigned flags);
/* `flags` as for linkat. */
void event_linked(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
		  int flags);
/* An AF_UNIX socket was bound. Other families are passed over. */
void event_bound(struct call *call, const struct sockaddr *address, socklen_t size);

/*
 * "/dev/shm/" or the like and a name without its leading slashes, as libc composes it. `to` holds NAMED_MAX bytes. Returns
 * `to`, "" when it does not fit.
 */
#define NAMED_MAX 300
const char *event_name(char *to, const char *prefix, const char *name);

#endif
