/*
 * test_page_history.c - pages that get, change and lose names, and whose records come out of order.
 */
#include "format.h"
#include "journal/function_names.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"
#include <sys/stat.h>

static uint16_t api(const char *name)
{
	for (uint16_t id = 1; id < 1000; id++)
		if (!strcmp(function_names_at(id), name))
			return id;
	fail_msg("no function %s", name);
	return 0;
}

TEST(hard_links)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_LINKED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .links = 2);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .links = 2);
	judge(FILES({"/tmp/b", 1, 5, 0, NULL}));
	expect_page(1, VERDICT_LEAKED, "/tmp/b");
	assert_string_equal(text_shown(out.arena, outcome_page(&out, 1)->renamed_from), "/tmp/a");
}

TEST(adopted_by_rename_and_by_link)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/work/out", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/work/sedX1", .inode = 2, .birth_ns = 5, .api = api("mkstemp"));
	build_event(b, .kind = EVENT_RENAMED, .path = "/work/file", .path2 = "/work/sedX1", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/c", .inode = 3, .birth_ns = 5);
	build_event(b, .kind = EVENT_LINKED, .path = "/work/c", .path2 = "/tmp/c", .inode = 3, .birth_ns = 5,
		    .links = 2);
	judge(FILES({"/work/out", 1, 5, 0, NULL}, {"/work/file", 2, 5, 0, NULL}, {"/tmp/c", 3, 5, 0, NULL},
		    {"/work/c", 3, 5, 0, NULL}));
	expect_page(1, VERDICT_ADOPTED, "/work/out");
	expect_page(2, VERDICT_ADOPTED, "/work/file");
	assert_int_equal(outcome_page(&out, 2)->judged, JUDGED_TEMP_API);
	expect_page(3, VERDICT_ADOPTED, "/work/c");
}

TEST(rename_over_a_page_releases_it)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/a", .path2 = "/tmp/b", .inode = 2, .birth_ns = 5,
		    .replaced = 1, .replaced_birth_ns = 5);
	judge(FILES({"/tmp/a", 2, 5, 0, NULL}));
	expect_page(1, VERDICT_RELEASED, "/tmp/a");
	expect_page(2, VERDICT_LEAKED, "/tmp/a");
}

TEST(exchange_swaps_names)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .flags = EVENT_EXCHANGED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1,
		    .birth_ns = 5, .replaced = 2, .replaced_birth_ns = 5);
	judge(FILES({"/tmp/b", 1, 5, 0, NULL}, {"/tmp/a", 2, 5, 0, NULL}));
	expect_page(1, VERDICT_LEAKED, "/tmp/b");
	expect_page(2, VERDICT_LEAKED, "/tmp/a");
}

/* What it was exchanged with is known by a later event only; its directory has moved by then. */
TEST(exchange_with_an_old_file_in_a_directory_that_moves)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/x", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .flags = EVENT_EXCHANGED, .path = "/work/old", .path2 = "/tmp/d/x",
		    .inode = 2, .birth_ns = 5, .replaced = 3, .replaced_birth_ns = 1);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755);
	build_event(b, .kind = EVENT_LINKED, .flags = EVENT_NEW_ENTRY, .path = "/work/l", .path2 = "/tmp/e/x",
		    .inode = 3, .birth_ns = 1, .links = 2);
	judge(FILES({"/tmp/e", 1, 5, 0, NULL}, {"/work/old", 2, 5, 0, NULL}, {"/tmp/e/x", 3, 1, 0, NULL},
		    {"/work/l", 3, 1, 0, NULL}));
	assert_int_equal(out.pages.count, 4); /* the old file is two: each of its names is an entry */
	assert_int_equal(outcome_count(&out, VERDICT_LEAKED), 2);
}

TEST(renamed_directory_takes_its_pages_along)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/x", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/d/y", .inode = 3, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/d/y", .inode = 3, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d", .inode = 4, .birth_ns = 9, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/x", .inode = 5, .birth_ns = 9);
	judge(FILES({"/tmp/e", 1, 5, 0, NULL}, {"/tmp/e/x", 2, 5, 0, NULL}, {"/tmp/d", 4, 9, 0, NULL},
		    {"/tmp/d/x", 5, 9, 0, NULL}));
	expect_page(1, VERDICT_LEAKED, "/tmp/e");
	expect_page(2, VERDICT_LEAKED, "/tmp/e/x");
	expect_page(3, VERDICT_RELEASED, "/tmp/d/y");
	expect_page(5, VERDICT_LEAKED, "/tmp/d/x");
	assert_int_equal(outcome_page(&out, 1)->kind, PAGE_DIRECTORY);
}

TEST(release_recorded_before_creation)
{
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .process = child, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = child, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 2);
	build_event(b, .path = "/tmp/b", .inode = 2);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, "/tmp/a");
	expect_page(2, VERDICT_RELEASED, "/tmp/b");
}

TEST(earliest_creation_wins)
{
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = child, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .process = child, .path = "/tmp/b", .inode = 2, .birth_ns = 5, .flags = EVENT_CERTAIN);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	assert_int_equal(out.pages.count, 2);
	assert_int_equal(outcome_page(&out, 1)->made->process->number, 1);
	assert_int_equal(outcome_page(&out, 2)->made->process->number, child);
}

/* A signal handler forks between the call and its record: each process writes the record. */
TEST(one_call_recorded_by_three_processes)
{
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	uint32_t other = build_process(b, PROCESS_FORKED, 102, 100, 1, NULL, NULL);
	build_event(b, .process = child, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	build_event(b, .process = other, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	assert_int_equal(out.pages.count, 1);
	expect_page(1, VERDICT_LEAKED, "/tmp/a");
}

TEST(new_names_of_old_files_are_pages)
{
	build_event(b, .kind = EVENT_LINKED, .flags = EVENT_NEW_ENTRY, .path = "/tmp/l", .path2 = "/work/old",
		    .inode = 1, .birth_ns = 1, .links = 2);
	build_event(b, .kind = EVENT_LINKED, .flags = EVENT_NEW_ENTRY, .path = "/tmp/m", .path2 = "/work/old2",
		    .inode = 2, .birth_ns = 1, .links = 2);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/m", .inode = 2, .birth_ns = 1, .links = 2);
	build_event(b, .kind = EVENT_RENAMED, .flags = EVENT_NEW_ENTRY, .path = "/tmp/n", .path2 = "/work/n",
		    .inode = 3, .birth_ns = 1);
	build_event(b, .kind = EVENT_RENAMED, .flags = EVENT_NEW_ENTRY, .path = "/work/n", .path2 = "/tmp/n",
		    .inode = 3, .birth_ns = 1);
	build_event(b, .kind = EVENT_RENAMED, .flags = EVENT_NEW_ENTRY, .path = "/work/o", .path2 = "/work/p",
		    .inode = 4, .birth_ns = 1);
	judge(FILES({"/tmp/l", 1, 1, 0, NULL}, {"/work/n", 3, 1, 0, NULL}));
	expect_page(1, VERDICT_LEAKED, "/tmp/l");
	expect_page(2, VERDICT_RELEASED, "/tmp/m");
	assert_null(outcome_page(&out, 3));
	assert_null(outcome_page(&out, 4)); /* gone, and its removal is not recorded */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(hard_links),
		CASE(adopted_by_rename_and_by_link),
		CASE(rename_over_a_page_releases_it),
		CASE(exchange_swaps_names),
		CASE(exchange_with_an_old_file_in_a_directory_that_moves),
		CASE(renamed_directory_takes_its_pages_along),
		CASE(release_recorded_before_creation),
		CASE(earliest_creation_wins),
		CASE(one_call_recorded_by_three_processes),
		CASE(new_names_of_old_files_are_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
