/*
 * journal_load.h - a journal file in memory, for reading. Knows how much of a file is used, and nothing of its records.
 */
#ifndef PAGELEAK_JOURNAL_LOAD_H
#define PAGELEAK_JOURNAL_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * Loads what is used of a journal into memory of its own (holes of the file stay holes), so that a file that shrinks or
 * changes meanwhile does no harm. Freed by journal_load_free. Returns 0, or -1 after a message.
 */
struct loaded {
	const void *bytes;
	size_t size;
};
/* Does an open file begin as a journal does? */
bool journal_load_begins(int descriptor);
/* Does a file begin as a journal does? False, too, of what cannot be read; a pipe, which can be read but once, is left alone. */
bool journal_load_is_journal(const char *path);
/* As perf(1) does with its files: a report looks at files that a journal names, with this user's rights. Whether the owner may name them. */
bool journal_load_is_trusted(const struct stat *status);
/* Opens one for reading. Refuses one that neither root nor this user owns, unless `anybodys`. A descriptor, or -1 after a message. */
int journal_load_open(const char *path, bool anybodys);
/* The same rule. */
int journal_load(const char *path, bool anybodys, struct loaded *out);
/* The same from a descriptor that stays the caller's. */
int journal_load_from(int descriptor, const char *name, struct loaded *out);
/* Frees it. A struct loaded that is all zero is left as it is. */
void journal_load_free(struct loaded *loaded);

/* Does the journal at `path` hold just what was loaded of it? */
bool journal_load_same(const char *path, const struct loaded *loaded);

#endif
