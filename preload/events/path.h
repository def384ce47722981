/*
 * path.h - identifies the file that a name or descriptor refers to, and finds the directory that a relative name starts
 * from. Safety as journal_map.h.
 */
#ifndef PAGELEAK_PATH_H
#define PAGELEAK_PATH_H

#include "format.h"
#include "journal/scratch.h"
#include <stdbool.h>
#include <sys/stat.h>

/* The file that a name or descriptor refers to, by statx. */
struct subject {
	struct identity identity;
	uint64_t size;
	uint32_t links;
	uint32_t mode; /* st_mode; 0: nothing is there, or statx failed */
};

/* By name; a symlink at its end is not followed. */
void subject_at(int directory, const char *path, struct subject *out);
/* By name; a symlink at its end is followed. */
void subject_followed(int directory, const char *path, struct subject *out);
void subject_of_descriptor(int fd, struct subject *out);
/* Time of the last change (st_ctime) in nanoseconds since 1970; 0 unknown. */
uint64_t subject_changed(int fd);
/* Was it certainly made before the audit began? */
bool subject_is_old(const struct subject *subject);

bool path_is_symlink(int directory, const char *path);

/*
 * STRING reference of the directory that `path` is relative to; 0 for an absolute path. An empty path stands for the
 * descriptor `directory` itself: the result is its name then. `known` false: it could not be found out. `scratch` NULL:
 * no room.
 */
uint32_t path_base(int directory, const char *path, struct scratch *scratch, bool *known);

#endif
