/*
 * test_swept_with_directory.c - files that a test put into a directory and that were removed together with it.
 */
#include "format.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"
#include <sys/stat.h>

#define DIRECTORY .mode = S_IFDIR | 0700
#define GONE(...) build_event(b, .kind = EVENT_RELEASED, .birth_ns = 5, __VA_ARGS__)

/* A test puts files into a directory of the session, which is removed after the test. */
TEST(contents_of_a_directory_removed_in_time)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, DIRECTORY);
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/d/file", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_event(b, .path = "/tmp/d/below", .inode = 3, .birth_ns = 5, .scope = "t.py::a (call)", DIRECTORY);
	build_event(b, .path = "/tmp/d/below/file", .inode = 4, .birth_ns = 5, .scope = "t.py::a (call)");
	build_event(b, .path = "/tmp/d/forgotten", .inode = 5, .birth_ns = 5, .scope = "t.py::a (call)");
	build_event(b, .path = "/tmp/aside", .inode = 6, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::b (call)");
	GONE(.path = "/tmp/d/forgotten", .inode = 5);
	GONE(.path = "/tmp/aside", .inode = 6); /* not below the directory: the removal of that begins later */
	GONE(.path = "/tmp/d/below/file", .inode = 4);
	GONE(.path = "/tmp/d/below", .inode = 3, DIRECTORY);
	GONE(.path = "/tmp/d/file", .inode = 2);
	GONE(.path = "/tmp/d", .inode = 1, DIRECTORY);
	judge(NULL);
	for (uint64_t inode = 1; inode <= 4; inode++) {
		expect_page(inode, VERDICT_RELEASED, NULL);
		assert_int_equal(outcome_page(&out, inode)->phase, PHASE_RUNNING);
	}
	expect_page(5, VERDICT_LATE, NULL);
	expect_page(6, VERDICT_LATE, NULL);
}

TEST(contents_of_a_directory_removed_late)
{
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .scope = "t.py::a (call)", DIRECTORY);
	build_event(b, .path = "/tmp/d/file", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::b (call)");
	GONE(.path = "/tmp/d/file", .inode = 2);
	GONE(.path = "/tmp/d", .inode = 1, DIRECTORY);
	judge(NULL);
	expect_page(1, VERDICT_LATE, NULL);
	expect_page(2, VERDICT_LATE, NULL);
}

/* A file is made between the two removals. */
TEST(removal_of_a_directory_ends_when_a_file_is_made)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, DIRECTORY);
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/d/file", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::b (call)");
	GONE(.path = "/tmp/d/file", .inode = 2);
	build_event(b, .path = "/tmp/other", .inode = 3, .birth_ns = 5, .scope = "t.py::b (call)");
	GONE(.path = "/tmp/d", .inode = 1, DIRECTORY);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, NULL);
	expect_page(2, VERDICT_LATE, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(contents_of_a_directory_removed_in_time),
		CASE(contents_of_a_directory_removed_late),
		CASE(removal_of_a_directory_ends_when_a_file_is_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
