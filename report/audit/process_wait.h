/*
 * process_wait.h - runs a command as a child and waits for its whole process tree. Knows nothing of audits.
 *
 * Signals: INT, TERM, HUP, QUIT, USR1, USR2 and ALRM that are sent to this process are passed on to the command. What a
 * terminal sends goes to the whole foreground group, the command included, and is not passed on; nor is what a process of
 * the tree sends to its own group. Once the command has ended, such a signal ends the wait for what it left behind.
 */
#ifndef PAGELEAK_PROCESS_WAIT_H
#define PAGELEAK_PROCESS_WAIT_H

#include "base/arena.h"
#include <sys/wait.h>
#include <time.h>
#include <stdbool.h>
#include <stddef.h>

struct process_wait;

/* A process that outlives the wait. */
struct process_left {
	pid_t pid;
	const char *exe; /* its path, else its short name; "" not known */
};

struct process_wait_end {
	int wait_status;           /* of the command, as from waitpid(2) */
	struct timespec ended;     /* CLOCK_REALTIME: when the command had */
	bool all_ended;            /* false: the wait was ended, by a signal or its time, while processes were left */
	struct process_left *left; /* those, as far as they can be seen */
	size_t left_count;
};

/* From here until process_wait_close those signals wait; the caller can clean up. NULL is never returned. */
struct process_wait *process_wait_open(struct arena *arena);
/* Puts the caller's signal mask and dispositions back; a signal that came meanwhile is then delivered to no one. */
void process_wait_close(struct process_wait *wait);

/*
 * Starts argv by `exec` in a child that has the signal mask and dispositions with which pageleak was started; `exec` returns
 * an errno when it fails. Waits until no descendant is left; `settle_seconds` from 0 on: no longer than that after the command's end. `killed` is told of what was left to this process and had been ended by a
 * signal: its own parent, which is gone, never knew. Returns 0, that errno, or -1 after a message.
 */
int process_wait_run(struct process_wait *wait, int (*exec)(void *context, char **argv),
		     void (*killed)(void *context, pid_t pid, int signal), void *context, char **argv,
		     long settle_seconds, struct process_wait_end *out);

#endif
