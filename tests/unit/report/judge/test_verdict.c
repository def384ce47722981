/*
 * test_verdict.c - what became of a page: each verdict. The owner, tests and sites have files of their own.
 */
#include "format.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"

TEST(released_and_leaked)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 6);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/b", 2, 6, 4096, NULL}));
	expect_page(1, VERDICT_RELEASED, "/tmp/a");
	expect_page(2, VERDICT_LEAKED, "/tmp/b");
	assert_int_equal(outcome_page(&out, 2)->judged, JUDGED_TEMP_ROOT);
	assert_int_equal(outcome_page(&out, 2)->bytes, 4096);
}

TEST(inode_reused_after_an_unrecorded_removal)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/left", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/left", 1, 5, 512, NULL}));
	expect_page(1, VERDICT_LEAKED, "/tmp/left");
	assert_string_equal(text_shown(out.arena, outcome_page(&out, 1)->made->path), "/tmp/left");
	assert_int_equal(outcome_page(&out, 1)->renamed_from.size, 0);
}

TEST(kept_vanished_and_another_file)
{
	build_event(b, .path = "/work/out.txt", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/gone", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/other", .inode = 3, .birth_ns = 5);
	judge(FILES({"/work/out.txt", 1, 5, 0, NULL}, {"/tmp/other", 3, 77, 0, NULL}));
	expect_page(1, VERDICT_KEPT, NULL);
	expect_page(2, VERDICT_VANISHED, NULL);
	expect_page(3, VERDICT_VANISHED, NULL);
}

TEST(removal_that_the_disk_contradicts)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	expect_page(1, VERDICT_LEAKED, "/tmp/a");
}

TEST(removal_after_the_exit_began_is_late)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_BEGUN);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_GONE);
	judge(NULL);
	expect_page(1, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 1)->phase, PHASE_EXIT);
	assert_non_null(outcome_page(&out, 1)->release);
}

/* Three pages came and went under one inode number, the fourth is there. */
TEST(inode_reused_without_birth_times)
{
	for (int i = 0; i < 3; i++) {
		build_event(b, .path = "/tmp/a", .inode = 1);
		build_event(b, .path = "/tmp/a", .inode = 1); /* O_CREAT on a file that is there */
		build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1);
	}
	build_event(b, .path = "/tmp/z", .inode = 1);
	judge(FILES({"/tmp/z", 1, 0, 0, NULL}));
	assert_int_equal(out.pages.count, 4);
	assert_int_equal(outcome_count(&out, VERDICT_RELEASED), 3);
	assert_int_equal(outcome_count(&out, VERDICT_LEAKED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(released_and_leaked),
		CASE(inode_reused_after_an_unrecorded_removal),
		CASE(kept_vanished_and_another_file),
		CASE(removal_that_the_disk_contradicts),
		CASE(removal_after_the_exit_began_is_late),
		CASE(inode_reused_without_birth_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
