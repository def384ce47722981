/*
 * journal_create.h - a journal as a file: made before an audit and ended after it. Knows the header and
 * the command's own records (AUDIT, AUDIT_END); everything else in a journal is written by the library and read by read.c.
 */
#ifndef PAGELEAK_JOURNAL_CREATE_H
#define PAGELEAK_JOURNAL_CREATE_H

#include "base/arena.h"
#include "format.h"
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_file {
	const char *path;                /* absolute */
	bool temporary;                  /* to be removed after the report */
	int descriptor;                  /* close-on-exec; -1 none */
	uint64_t chunk_used, chunk_size; /* of the command's own chunk */
};

struct journal_wanted {
	const char *path;     /* NULL: a temporary one */
	uint64_t capacity;    /* bytes; the file is sparse, and smaller when the file size limit says so */
	char *const *argv;    /* of the audited command */
	pid_t creator;        /* the process that all others come from: this one, or the program that started it */
	const char *settings; /* the options, as a value of PAGELEAK: for later reports */
	bool outlives; /* nobody waits for the program: not in memory, and what is at `path` is kept as path.old */
};

/*
 * Makes a journal with its AUDIT record. An existing journal at `path` is replaced, unless something still writes to it; anything else
 * there is left alone and refused.
 * Returns 0, or -1 after a message; nothing is left behind then.
 */
int journal_create(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out);

/* Adds KILLED of a process that was left to this one, as long as there is room. Says nothing. */
void journal_create_add_killed(struct journal_file *file, pid_t pid, int signal);

/* Adds AUDIT_END for a command that ended at `ended` (CLOCK_REALTIME). Returns 0, or -1 after a message. */
int journal_create_add_end(struct journal_file *file, int wait_status, const struct timespec *ended);

/* Removes a temporary journal and closes the descriptor. May be called more than once. */
void journal_create_close(struct journal_file *file);

#endif
