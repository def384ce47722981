/*
 * watched.c - saves a builder's journal and follows it.
 */
#include "watched.h"
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const none[] = {NULL};

static void save(struct watched *watched)
{
	build_finish(watched->builder);
	ssize_t written = pwrite(watched->file, watched->builder->bytes, watched->builder->size, 0);
	assert(written == (ssize_t)watched->builder->size);
}

struct watched *watched_new(const struct fake_file *files, const char *const *pages)
{
	struct watched *watched = calloc(1, sizeof *watched);
	assert(watched);
	watched->builder = build_new("/work");
	watched->file = memfd_create("journal", 0);
	save(watched);
	watched->disk = fake_disk(files);
	watched->follow = follow_open(watched->file, "x.data");
	struct live_options options = {.pages = pages ? pages : none,
				       .not_pages = none,
				       .debug_dirs = none,
				       .disk = &watched->disk.disk,
				       .period_ns = SECOND};
	watched->live = live_open(watched->follow, "x.data", &options);
	return watched;
}

void watched_free(struct watched *watched)
{
	live_close(watched->live);
	follow_close(watched->follow);
	close(watched->file);
	build_free(watched->builder);
	free(watched);
}

void watched_look(struct watched *watched)
{
	save(watched);
	watched->clock_ns += SECOND;
	while (live_read(watched->live, watched->clock_ns))
		;
	live_sample(watched->live, watched->builder->now + SECOND);
}
