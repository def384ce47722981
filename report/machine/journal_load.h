/*
 * journal_load.h - loads journal files. Knows which part of a file is used, and nothing of its records.
 */
#ifndef PAGELEAK_JOURNAL_LOAD_H
#define PAGELEAK_JOURNAL_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * The used part of a journal, in private memory: holes of the file stay holes, and later changes of the file do not
 * matter.
 */
struct loaded {
	const void *bytes;
	size_t size;
};
/* Does an open file start with the magic of a journal? */
bool journal_load_begins(int descriptor);
/*
 * Does a file start with the magic of a journal? False also when it cannot be read. Does not open pipes, whose content
 * can be read only once.
 */
bool journal_load_is_journal(const char *path);
/*
 * May the owner of a journal name files that a report then reads with the rights of this user? Only root and the user
 * himself may, as in perf(1).
 */
bool journal_load_is_trusted(const struct stat *status);
/*
 * Opens a journal for reading. Refuses one that belongs to neither root nor this user, unless `anybodys`. Returns a
 * descriptor, or -1 after a message.
 */
int journal_load_open(const char *path, bool anybodys);
/*
 * Loads the journal at `path`; `anybodys` as above. Returns 0, or -1 after a message. Release it with
 * journal_load_free.
 */
int journal_load(const char *path, bool anybodys, struct loaded *out);
/* The same from a descriptor, which stays open. `name` is for messages. */
int journal_load_from(int descriptor, const char *name, struct loaded *out);
/* Releases the memory and clears `loaded`; does nothing when it is clear. */
void journal_load_free(struct loaded *loaded);

/* Is the used part of the journal at `path` still what was loaded? */
bool journal_load_same(const char *path, const struct loaded *loaded);

#endif
