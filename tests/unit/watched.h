/*
 * watched.h - a journal in a file that grows, and the pages that `pageleak top` would count in it.
 */
#ifndef PAGELEAK_WATCHED_H
#define PAGELEAK_WATCHED_H

#include "build_journal.h"
#include "fake_disk.h"
#include "journal/follow.h"
#include "live/live.h"

#define SECOND UINT64_C(1000000000)

struct watched {
	struct builder *builder;
	int file;
	struct follow *follow;
	struct live *live;
	struct fake_disk disk;
	uint64_t clock_ns;
};

/* `pages`: patterns of pages, ending in NULL; NULL: the default rules. */
struct watched *watched_new(const struct fake_file *files, const char *const *pages);
void watched_free(struct watched *watched);
/* Saves what the builder has by now, and reads it a second after the time before. */
void watched_look(struct watched *watched);

#endif
