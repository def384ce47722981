/*
 * fake_disk.h - a disk made of a table of files.
 */
#ifndef PAGELEAK_FAKE_DISK_H
#define PAGELEAK_FAKE_DISK_H

#include "model/disk_model.h"

/* A row names the fields that matter; the rest is 0. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct fake_file {
	const char *path;
	uint64_t inode, birth_ns, bytes;
	const char *link;   /* this is a symlink to that directory */
	uint32_t mode, uid; /* mode 0: a regular file */
	const char *head;   /* its first bytes */
};
struct fake_disk {
	struct disk disk;              /* first */
	const struct fake_file *files; /* ends with a NULL path */
};
/* Borrows `files`; NULL: there are none. */
struct fake_disk fake_disk(const struct fake_file *files);

/* A table of files from rows in braces. */
#define FILES(...)                                                                                                     \
	(const struct fake_file[])                                                                                     \
	{                                                                                                              \
		__VA_ARGS__,                                                                                           \
		{                                                                                                      \
			0                                                                                              \
		}                                                                                                      \
	}

#endif
