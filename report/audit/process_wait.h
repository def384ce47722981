/*
 * process_wait.h - runs a command as a child and waits for its whole process tree. Knows nothing of audits.
 *
 * Signals: passes INT, TERM, HUP, QUIT, USR1, USR2 and ALRM that are sent to this process on to the command, except
 * those that the command has anyway: a terminal sends them to the whole foreground process group, and a process of the
 * tree to its own group. After the command has ended, such a signal ends the wait for the processes that it left.
 */
#ifndef PAGELEAK_PROCESS_WAIT_H
#define PAGELEAK_PROCESS_WAIT_H

#include "base/arena.h"
#include <sys/wait.h>
#include <time.h>
#include <stdbool.h>
#include <stddef.h>

struct process_wait;

/* A process that still ran when the wait was over. */
struct process_left {
	pid_t pid;
	const char *exe; /* path of its executable, or its short name; "": not known */
};

struct process_wait_end {
	int wait_status;           /* of the command, as from waitpid(2) */
	struct timespec ended;     /* CLOCK_REALTIME: when the command ended */
	bool all_ended;            /* false: a signal or the time limit ended the wait while processes were left */
	struct process_left *left; /* those processes, as far as they can be seen */
	size_t left_count;
};

/* Blocks those signals until process_wait_close, so that the caller can clean up. Never returns NULL. */
struct process_wait *process_wait_open(struct arena *arena);
/* Restores the signal mask and dispositions of the caller. Discards signals that arrived in the meantime. */
void process_wait_close(struct process_wait *wait);

/*
 * Runs argv in a child by `exec`, which returns an errno when it fails, with the signal mask and dispositions with
 * which pageleak was started. Waits until no descendant is left, or (`settle_seconds` >= 0) that long after the end of
 * the command. Calls `killed` for each process killed by a signal whose parent had ended before it: no other process
 * knows how it ended. Returns 0, that errno, or -1 after a message.
 */
int process_wait_run(struct process_wait *wait, int (*exec)(void *context, char **argv),
		     void (*killed)(void *context, pid_t pid, int signal), void *context, char **argv,
		     long settle_seconds, struct process_wait_end *out);

#endif
