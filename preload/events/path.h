/*
 * path.h - what a name is: identity by statx, and the directory that a relative name starts from. Safety as journal.h.
 */
#ifndef PAGELEAK_PATH_H
#define PAGELEAK_PATH_H

#include "format.h"
#include "journal/scratch.h"
#include <stdbool.h>
#include <sys/stat.h>

/* What statx said of a name or descriptor. */
struct subject {
	struct identity identity;
	uint64_t size;
	uint32_t links;
	uint32_t mode; /* 0: nothing there, or it could not be seen */
};

/* Of the name itself, no symlink followed at the end. */
void subject_at(int directory, const char *path, struct subject *out);
/* Of what the name leads to. */
void subject_followed(int directory, const char *path, struct subject *out);
void subject_of_descriptor(int fd, struct subject *out);
/* st_ctime; 0 unknown. */
uint64_t subject_changed(int fd);
/* Is it certain that it was there before the audit began? */
bool subject_is_old(const struct subject *subject);

bool path_is_symlink(int directory, const char *path);

/*
 * String reference of the directory that `path` is relative to: 0 for an absolute path. An empty path is the descriptor
 * itself: then its own name is given. `known` false: it could not be resolved.
 */
uint32_t path_base(int directory, const char *path, struct scratch *scratch, bool *known);

#endif
