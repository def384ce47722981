/*
 * journal_create.h - a journal as a file: made before an audit, closed after it, loaded for the report. Knows the header and
 * the command's own records (AUDIT, AUDIT_END); everything else in a journal is written by the library and read by read.c.
 */
#ifndef PAGELEAK_JOURNAL_FILE_H
#define PAGELEAK_JOURNAL_FILE_H

#include "base/text.h"
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

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
int journal_file_create(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out);

/* Adds KILLED of a process that was left to this one, as long as there is room. Says nothing. */
void journal_file_killed(struct journal_file *file, pid_t pid, int signal);

/* Adds AUDIT_END for a command that ended at `ended` (CLOCK_REALTIME). Returns 0, or -1 after a message. */
int journal_file_end(struct journal_file *file, int wait_status, const struct timespec *ended);

/* Removes a temporary journal and closes the descriptor. May be called more than once. */
void journal_file_close(struct journal_file *file);

/*
 * Loads what is used of a journal into memory of its own (holes of the file stay holes), so that a file that shrinks or
 * changes meanwhile does no harm. Freed by journal_file_unload. Returns 0, or -1 after a message.
 */
struct loaded {
	const void *bytes;
	size_t size;
};
/* Does a file begin as a journal does? False, too, of what cannot be read; a pipe, which can be read but once, is left alone. */
bool journal_file_is(const char *path);
/* As perf(1) does with its files: a report looks at files that a journal names, with this user's rights. Whether the owner may name them. */
bool journal_file_is_trusted(const struct stat *status);
/* Opens one for reading. Refuses one that neither root nor this user owns, unless `anybodys`. A descriptor, or -1 after a message. */
int journal_file_open(const char *path, bool anybodys);
/* The same rule. */
int journal_file_load(const char *path, bool anybodys, struct loaded *out);
/* The same from a descriptor that stays the caller's. */
int journal_file_load_from(int descriptor, const char *name, struct loaded *out);
/*
 * Asks the interpreters of a program that still writes this journal what holds their pages, and waits for up to a second: they
 * answer when they next open, remove or import something. Gives how many did; 0, too, when the journal is not ours to write to.
 */
unsigned journal_file_ask(const char *path);
/* Notes in the journal that a snapshot begins. Gives when the one before did; 0: there was none, or the journal is not ours to write to. */
uint64_t journal_file_snapshot(const char *path);
/* Of nothing, too: {NULL}. */
void journal_file_unload(struct loaded *loaded);

/* Does the journal at `path` hold just what was loaded of it? */
bool journal_file_same(const char *path, const struct loaded *loaded);

#endif
