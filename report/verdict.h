/*
 * verdict.h - replays a journal's events into pages and says what became of each. See DESIGN's table of verdicts.
 */
#ifndef PAGELEAK_VERDICT_H
#define PAGELEAK_VERDICT_H

#include "symbol.h"
#include <sys/types.h>

/* What the user said is a page. Globs: `*` within a component, `**` across, `?`, `[..]`; see glob.h. */
struct rules {
	const char *const *pages; /* NULL-terminated; empty: the default rules; "@default" adds them */
	const char *const *not_pages;
	const char *cwd;          /* relative globs are taken from here */
};

/* What the disk says now. Tests put their own here. */
struct disk_entry {
	bool exists;
	struct identity identity;
	uint32_t mode;
	uint64_t bytes; /* st_blocks * 512 */
};
struct disk {
	/* Of the name itself, no symlink followed at the end. */
	struct disk_entry (*look)(struct disk *disk, const char *path);
	/* Symlinks of `directory` resolved into `out` (PATH_MAX bytes); false when it does not exist. */
	bool (*resolve)(struct disk *disk, const char *directory, char *out);
};
extern struct disk real_disk;

struct pages {
	struct page **at;
	size_t count;
};

/* Every page of the journal, verdict and all, in order of creation. 0 or -1 after a message. */
int verdict_judge(struct journal *journal, struct symbols *symbols, const struct rules *rules, struct disk *disk,
		  struct pages *out);

#endif
