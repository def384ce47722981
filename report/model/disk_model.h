/*
 * disk_model.h - how the report asks the disk, and which paths are pages. The functions behind it are of
 * machine/disk.c; tests put their own there.
 */
#ifndef PAGELEAK_DISK_MODEL_H
#define PAGELEAK_DISK_MODEL_H

#include "format.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the user said is a page. Globs: `*` within a component, `**` across, `?`, `[..]`; see glob.h. */
struct rules {
	const char *const *pages; /* NULL-terminated; empty: the default rules; "@default" adds them */
	const char *const *not_pages;
	const char *cwd; /* relative globs are taken from here */
	bool *matched;   /* by number of `pages`: set when something made matched it; NULL: nobody asks */
};

/* What the disk says now. Tests put their own here. */
struct disk_entry {
	bool exists;
	struct identity identity;
	uint32_t mode;
	uint64_t bytes; /* st_blocks * 512 */
	uint32_t uid;
};
/* `entry` NULL: one that was left out. Says whether to go on. */
typedef bool disk_visit(void *context, const char *name, const struct disk_entry *entry);
struct disk {
	/* Of the name itself, no symlink followed at the end. */
	struct disk_entry (*look)(struct disk *disk, const char *path);
	/* Symlinks of `directory` resolved into `out` (PATH_MAX bytes); false when it does not exist. */
	bool (*resolve)(struct disk *disk, const char *directory, char *out);
	/*
	 * What is in `directory`, which is resolved and must be the one that `expected` says: it is opened without
	 * following links and left alone otherwise. In one into which nothing came since `since_ns` only directories
	 * are looked at. Changes no times.
	 */
	void (*list)(struct disk *disk, const char *directory, const struct identity *expected, uint64_t since_ns,
		     disk_visit *visit, void *context);
	/* The first bytes of a regular file; gives how many. */
	size_t (*head)(struct disk *disk, const char *path, char *out, size_t size);
};

#endif
