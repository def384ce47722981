/*
 * journal_create.h - creates a journal before an audit and completes it afterwards. Knows the header and the command's
 * own records (AUDIT, AUDIT_END, KILLED); the library writes all others.
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
	bool temporary;                  /* it is removed after the report */
	int descriptor;                  /* close-on-exec; -1: none */
	uint64_t chunk_used, chunk_size; /* bytes of the command's own chunk */
};

struct journal_wanted {
	const char *path;  /* NULL: a temporary one */
	uint64_t capacity; /* bytes; less when RLIMIT_FSIZE is smaller. The file is sparse */
	char *const *argv; /* the audited command */
	pid_t creator;     /* pid of the ancestor of all audited processes: this one, or the program that started it */
	const char *settings; /* the options as a value of PAGELEAK, for later reports; NULL: none */
	/*
	 * Nothing waits for the program: the journal is not put into memory, and a previous one at `path` is kept as
	 * path.old.
	 */
	bool outlives;
};

/*
 * Creates a journal with its AUDIT record. Replaces a journal at `path` unless a process still writes to it; refuses
 * any other file there. Returns 0, or -1 after a message, leaving nothing behind.
 */
int journal_create(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out);

/* Adds KILLED for a process that this one inherited, as long as there is room. Reports no error. */
void journal_create_add_killed(struct journal_file *file, pid_t pid, int signal);

/* Adds AUDIT_END for a command that ended at `ended` (CLOCK_REALTIME). Returns 0, or -1 after a message. */
int journal_create_add_end(struct journal_file *file, int wait_status, const struct timespec *ended);

/* Closes the file and removes a temporary one. May be called more than once. */
void journal_create_close(struct journal_file *file);

#endif
