/*
 * fuzz_follow.c - any bytes as a journal that grows: what is read while it does, up to what is drawn of it. The first
 * byte says where it is cut the first time. Must not look at the real disk but for the modules named.
 */
#include "base/arena.h"
#include "format.h"
#include "model/disk_model.h"
#include "top/top_view.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct disk_entry look(struct disk *disk, const char *path)
{
	(void)disk;
	return (struct disk_entry){.exists = path[0] && strlen(path) % 2, .bytes = 4096};
}

static bool resolve(struct disk *disk, const char *directory, char *out)
{
	(void)disk;
	strcpy(out, directory);
	return strlen(directory) % 3 && out[0] == '/';
}

static void draw(struct top *top, struct live *live)
{
	static const int keys[] = {0, TOP_ENTER, TOP_ESCAPE, 's', 'h', 'x', 'N'};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		top->frame = arena_new();
		top_refresh(top);
		top_press(top, keys[i]);
		top_refresh(top);
		top_look(top, 100, 1000000);
		top_refresh(top);
		struct screen screen = screen_new(top->frame, 24, 60 + 20 * (int)i, i % 2);
		top_draw(top, &screen);
		arena_free(top->frame);
	}
	size_t count;
	journal_state_running(live_state(live), &count);
}

static void follow(int file, const uint8_t *bytes, size_t size)
{
	static const char *const none[] = {NULL};
	struct disk disk = {look, resolve, NULL, NULL};
	struct live_options options = {
		.pages = none, .not_pages = none, .debug_dirs = none, .disk = &disk, .period_ns = 1000000000};
	size_t first = size > JOURNAL_HEADER_SIZE
			       ? JOURNAL_HEADER_SIZE + (size - JOURNAL_HEADER_SIZE) * bytes[4095] / 256
			       : size;
	if (ftruncate(file, 0) || ftruncate(file, (off_t)size) || pwrite(file, bytes, first, 0) < 0)
		abort();
	struct follow *follow = follow_open(file, "fuzz");
	if (!follow)
		return;
	struct live *live = live_open(follow, "fuzz", &options);
	struct top top = {.live = live, .name = "fuzz"};
	top_init(&top);
	for (uint64_t i = 1; i <= 4; i++) {
		for (int k = 0; k < 4 && live_read(live, i * 2000000000); k++)
			;
		live_sample(live, top.now_ns = live_totals(live)->last_ns + i * 1000000000);
		if (i == 2 && pwrite(file, bytes, size, 0) < 0)
			abort();
	}
	draw(&top, live);
	if (ftruncate(file, (off_t)first))
		abort();
	live_read(live, UINT64_C(20000000000));
	live_close(live);
	follow_close(follow);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int file = -1;
	if (file < 0 && (file = memfd_create("journal", 0)) < 0)
		abort();
	follow(file, bytes, size);
	return 0;
}
