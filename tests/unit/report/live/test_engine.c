/*
 * test_engine.c - a journal that is read while it grows comes to the same as one that is read at once: the live view's
 * counts, by site, are those of the report, when the disk is as the record says.
 */
#include "base/arena.h"
#include "build_journal.h"
#include "fake_disk.h"
#include "format.h"
#include "frames/site.h"
#include "journal/read.h"
#include "judge/verdict.h"
#include "live/live.h"
#include "model/verdicts.h"
#include "random_journal.h"
#include "unit_test.h"
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define SECOND UINT64_C(1000000000)
enum { SITES_MOST = 4096 };

static const char *const none[] = {NULL};

/* ---- what the report says ---- */

struct counts {
	uint64_t key, leaked, kept, adopted, released, vanished;
};

struct table {
	struct counts at[SITES_MOST];
	size_t count;
};

static struct counts *counts_of(struct table *table, uint64_t key)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->at[i].key == key)
			return &table->at[i];
	assert_true(table->count < SITES_MOST);
	table->at[table->count] = (struct counts){.key = key};
	return &table->at[table->count++];
}

/* What a site's other pages say of it is told apart: it is asked when all is known. */
static void count_page(struct counts *counts, const struct page *page)
{
	enum verdict verdict =
		page->judged == JUDGED_MIXED_SITE && page->verdict == VERDICT_LEAKED ? VERDICT_KEPT : page->verdict;
	counts->leaked += verdict == VERDICT_LEAKED;
	counts->kept += verdict == VERDICT_KEPT;
	counts->adopted += verdict == VERDICT_ADOPTED;
	counts->vanished += verdict == VERDICT_VANISHED;
	counts->released += verdict == VERDICT_RELEASED || verdict == VERDICT_LATE || verdict == VERDICT_FOREIGN;
}

/* False: it is no journal. */
static bool report_counts(const void *bytes, size_t size, struct table *table)
{
	struct arena *arena = arena_new();
	struct journal journal;
	struct fake_disk disk = fake_disk(NULL);
	struct rules rules = {.pages = none, .not_pages = none, .cwd = "/work"};
	struct pages pages;
	table->count = 0;
	bool read = !journal_read(arena, bytes, size, "x.data", &journal);
	if (read) {
		struct symbols *symbols = symbols_open(arena, &journal);
		journal.elsewhere = true;
		verdict_judge(&journal, symbols, &rules, &disk.disk, &pages);
		for (size_t i = 0; i < pages.count; i++)
			count_page(counts_of(table, site_key(symbols, pages.at[i]->made)), pages.at[i]);
		symbols_close(symbols);
	}
	arena_free(arena);
	return read;
}

/* ---- what the live view says ---- */

struct watched {
	struct builder *builder;
	int file;
	struct follow *follow;
	struct live *live;
	struct fake_disk disk;
	uint64_t clock_ns;
};

static void read_on(struct watched *watched)
{
	watched->clock_ns += SECOND / 1000;
	while (live_read(watched->live, watched->clock_ns))
		;
}

static void look(void *context)
{
	struct watched *watched = context;
	build_finish(watched->builder);
	ssize_t size = (ssize_t)watched->builder->size;
	assert_int_equal(pwrite(watched->file, watched->builder->bytes, (size_t)size, 0), size);
	if (watched->live)
		read_on(watched);
}

static bool watch(struct watched *watched)
{
	struct live_options options = {
		.pages = none, .not_pages = none, .debug_dirs = none, .disk = &watched->disk.disk, .period_ns = SECOND};
	watched->disk = fake_disk(NULL);
	watched->follow = follow_open(watched->file, "x.data");
	if (watched->follow)
		watched->live = live_open(watched->follow, "x.data", &options);
	return watched->follow;
}

static void leave(struct watched *watched)
{
	live_close(watched->live);
	follow_close(watched->follow);
	close(watched->file);
}

static void live_counts(struct live *live, struct table *table)
{
	struct live_site **sites = calloc(live_site_count(live) + 1, sizeof *sites);
	table->count = 0;
	for (size_t i = live_sites(live, sites); i-- > 0;) {
		const struct live_tally *tally = sites[i]->tally;
		struct counts *counts = counts_of(table, sites[i]->key);
		counts->leaked += tally[STANDS_PAGE].live;
		counts->kept += tally[STANDS_KEPT].live + tally[STANDS_EXCLUDED].live;
		for (int k = 0; k < STANDINGS; k++) {
			counts->adopted += tally[k].adopted;
			counts->vanished += tally[k].vanished;
			counts->released += tally[k].released + tally[k].replaced;
		}
	}
	free(sites);
}

static void assert_same(struct table *report, struct table *live, const char *what)
{
	for (size_t i = 0; i < report->count; i++)
		counts_of(live, report->at[i].key);
	for (size_t i = 0; i < live->count; i++) {
		struct counts *x = counts_of(report, live->at[i].key), *y = &live->at[i];
		if (memcmp(x, y, sizeof *x))
			fail_msg("%s: the report has %d leaked, %d kept, %d adopted, %d released, %d vanished; the "
				 "view %d, %d, %d, %d, %d",
				 what, (int)x->leaked, (int)x->kept, (int)x->adopted, (int)x->released,
				 (int)x->vanished, (int)y->leaked, (int)y->kept, (int)y->adopted, (int)y->released,
				 (int)y->vanished);
	}
}

static struct table of_report, of_live;

static void compare(struct random_journal wanted)
{
	struct watched watched = {.builder = build_new("/work"), .file = memfd_create("journal", 0)};
	char what[128];
	snprintf(what, sizeof what, "seed %d, %s, windows of %d", (int)wanted.seed,
		 wanted.births ? "birth times" : "no birth times", (int)wanted.every);
	look(&watched);
	assert_true(watch(&watched));
	wanted.look = wanted.every ? look : NULL;
	wanted.context = &watched;
	random_journal(watched.builder, &wanted);
	look(&watched);
	live_end(watched.live);
	live_counts(watched.live, &of_live);
	assert_true(report_counts(watched.builder->bytes, watched.builder->size, &of_report));
	assert_same(&of_report, &of_live, what);
	leave(&watched);
	build_free(watched.builder);
}

TEST(the_same_in_windows_of_any_size)
{
	static const size_t windows[] = {1, 2, 7, 100, 0};
	for (uint64_t seed = 1; seed <= 60; seed++)
		for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
			compare((struct random_journal){
				.seed = seed, .events = 300, .births = seed % 3, .every = windows[i]});
}

TEST(the_same_when_records_are_late)
{
	for (uint64_t seed = 1; seed <= 200; seed++)
		compare((struct random_journal){.seed = seed, .events = 300, .births = seed % 3, .disorder = true});
}

TEST(the_same_when_long)
{
	for (uint64_t seed = 1; seed <= 4; seed++)
		compare((struct random_journal){.seed = seed, .events = 20000, .births = seed % 2, .every = 1000});
}

static void sum(struct table *table)
{
	struct counts all = {0};
	for (size_t i = 0; i < table->count; i++) {
		all.leaked += table->at[i].leaked;
		all.kept += table->at[i].kept;
		all.adopted += table->at[i].adopted;
		all.released += table->at[i].released;
		all.vanished += table->at[i].vanished;
	}
	table->at[0] = all;
	table->count = 1;
}

static void compare_file(const char *path)
{
	static char bytes[1 << 22];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	struct watched watched = {.file = memfd_create("journal", 0)};
	assert_int_equal(pwrite(watched.file, bytes, size, 0), (ssize_t)size);
	if (!report_counts(bytes, size, &of_report) || !watch(&watched)) {
		close(watched.file);
		return;
	}
	for (int i = 0; i < 100; i++, watched.clock_ns += SECOND)
		read_on(&watched);
	live_end(watched.live);
	live_counts(watched.live, &of_live);
	sum(&of_report); /* not by site: a stack's key is of the modules that were read, and files that are cut short lack some */
	sum(&of_live);
	assert_same(&of_report, &of_live, path);
	leave(&watched);
}

/* Run from the top of the tree, as make does. */
TEST(the_same_for_journals_that_are_kept)
{
	static const char folder[] = "tests/fuzz/corpus/read";
	DIR *directory = opendir(folder);
	if (!directory)
		skip();
	for (struct dirent *entry; (entry = readdir(directory));) {
		char path[PATH_MAX];
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			compare_file(path);
	}
	closedir(directory);
}

/* ---- memory ---- */

enum { KEEP_EVERY = 1000 };

static const char *path_of(char *path, uint64_t number)
{
	sprintf(path, "/tmp/directory-%d/page-%d", (int)(number / 1000), (int)number);
	return path;
}

/* 10,000 a second, of which each KEEP_EVERYth stays. */
static void make_and_remove(struct watched *watched, uint64_t from, uint64_t count)
{
	char path[64];
	for (uint64_t i = from; i < from + count; i++) {
		build_event(watched->builder, .path = path_of(path, i), .inode = i, .birth_ns = 5);
		if (i % KEEP_EVERY)
			build_event(watched->builder, .kind = EVENT_RELEASED, .path = path, .inode = i, .birth_ns = 5);
		watched->builder->now -= 1900000;
	}
	look(watched);
}

/* What the test itself takes is left out. */
static size_t used(const struct watched *watched)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd - watched->builder->room;
}

static struct live_site *only_site(struct live *live)
{
	struct live_site *site;
	assert_int_equal(live_site_count(live), 1);
	live_sites(live, &site);
	return site;
}

TEST(memory_does_not_grow_with_what_is_gone)
{
	enum { PAGES = 300000, WINDOW = 2000, WARM = 100000 };
	struct watched watched = {.builder = build_new("/work"), .file = memfd_create("journal", 0)};
	size_t before = 0, kept = PAGES / KEEP_EVERY;
	char path[64];
	look(&watched);
	assert_true(watch(&watched));
	for (uint64_t i = 1; i < PAGES; i += WINDOW) {
		make_and_remove(&watched, i, WINDOW);
		if (i > WARM && !before)
			before = used(&watched);
	}
	assert_in_range(used(&watched), 0, before + (16 << 20)); /* names are freed when they take 8 MiB */
	struct live_site *site = only_site(watched.live);
	assert_int_equal(site->tally[STANDS_PAGE].live, kept);
	assert_int_equal(site->tally[STANDS_PAGE].released, PAGES - kept);
	assert_string_equal(live_path(watched.live, site->oldest), path_of(path, KEEP_EVERY));
	for (uint64_t i = KEEP_EVERY; i <= PAGES; i += KEEP_EVERY)
		build_event(watched.builder, .kind = EVENT_RELEASED, .path = path_of(path, i), .inode = i,
			    .birth_ns = 5);
	look(&watched);
	assert_int_equal(site->tally[STANDS_PAGE].released, PAGES);
	leave(&watched);
	build_free(watched.builder);
}

/* Names that have moved to new memory are still found, and directories still move. */
TEST(names_move_to_new_memory)
{
	enum { PAGES = 100000 };
	struct watched watched = {.builder = build_new("/work"), .file = memfd_create("journal", 0)};
	struct builder *builder = watched.builder;
	look(&watched);
	assert_true(watch(&watched));
	build_event(builder, .path = "/tmp/d", .inode = 1000001, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(builder, .path = "/tmp/d/x", .inode = 1000002, .birth_ns = 5);
	build_event(builder, .kind = EVENT_LINKED, .path = "/tmp/d/y", .path2 = "/tmp/d/x", .inode = 1000002,
		    .birth_ns = 5, .links = 2);
	for (uint64_t i = 1; i < PAGES; i += 2000)
		make_and_remove(&watched, i, 2000);
	struct live_site *site = only_site(watched.live);
	build_event(builder, .kind = EVENT_RELEASED, .path = "/tmp/d/x", .inode = 1000002, .birth_ns = 5, .links = 2);
	build_event(builder, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1000001,
		    .birth_ns = 5, .mode = S_IFDIR | 0755);
	look(&watched);
	assert_string_equal(live_path(watched.live, site->oldest), "/tmp/e");
	assert_string_equal(live_path(watched.live, site->oldest->newer), "/tmp/e/y");
	leave(&watched);
	build_free(builder);
}

/* So are those of an event that waits for its page meanwhile; its directory has moved before. */
TEST(names_of_waiting_events_move_to_new_memory)
{
	enum { PAGES = 40000, NAME = 200 }; /* so long that names move within the 5 s for which an event waits */
	struct watched watched = {.builder = build_new("/work"), .file = memfd_create("journal", 0)};
	struct builder *builder = watched.builder;
	char path[NAME + 20];
	look(&watched);
	assert_true(watch(&watched));
	build_event(builder, .path = "/tmp/d", .inode = 1000001, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(builder, .path = "/tmp/d/x", .inode = 1000002, .birth_ns = 5);
	build_event(builder, .kind = EVENT_RENAMED, .flags = EVENT_EXCHANGED, .path = "/work/old", .path2 = "/tmp/d/x",
		    .inode = 1000002, .birth_ns = 5, .replaced = 1000003, .replaced_birth_ns = 1);
	build_event(builder, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1000001,
		    .birth_ns = 5, .mode = S_IFDIR | 0755);
	for (uint64_t i = 1; i <= PAGES; i++) {
		sprintf(path, "/tmp/%0*d", NAME, (int)i);
		build_event(builder, .path = path, .inode = i, .birth_ns = 5);
		build_event(builder, .kind = EVENT_RELEASED, .path = path, .inode = i, .birth_ns = 5);
		builder->now -= 1900000;
		if (i % 2000 == 0)
			look(&watched);
	}
	build_event(builder, .kind = EVENT_LINKED, .flags = EVENT_NEW_ENTRY, .path = "/tmp/l", .path2 = "/tmp/e/x",
		    .inode = 1000003, .birth_ns = 1, .links = 2);
	look(&watched);
	struct live_site *site = only_site(watched.live);
	assert_string_equal(live_path(watched.live, site->newest), "/tmp/e/x");
	leave(&watched);
	build_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_in_windows_of_any_size),
		cmocka_unit_test(the_same_when_records_are_late),
		cmocka_unit_test(the_same_when_long),
		cmocka_unit_test(the_same_for_journals_that_are_kept),
		cmocka_unit_test(memory_does_not_grow_with_what_is_gone),
		cmocka_unit_test(names_move_to_new_memory),
		cmocka_unit_test(names_of_waiting_events_move_to_new_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
