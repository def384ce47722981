/*
 * test_page_rules.c - which files are pages: temp roots, patterns, the start directory.
 */
#include "format.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"

TEST(files_of_proc_are_no_pages)
{
	build_event(b, .flags = EVENT_GUESSED, .path = "/proc/7/oom_score_adj", .inode = 1);
	build_event(b, .path = "/procession", .inode = 2, .birth_ns = 5);
	judge(FILES({"/procession", 2, 5, 0, NULL}));
	assert_int_equal(out.pages.count, 1);
}

TEST(patterns_replace_the_default_rules)
{
	build_event(b, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/x", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/gone", .inode = 3, .birth_ns = 5);
	out = outcome_judged(b, FILES({"/work/cache/1.dat", 1, 5, 0, NULL}, {"/tmp/x", 2, 5, 0, NULL}),
			     PATTERNS("cache/**"));
	expect_page(1, VERDICT_LEAKED, NULL);
	assert_int_equal(outcome_page(&out, 1)->judged, JUDGED_PATTERN);
	expect_page(2, VERDICT_KEPT, NULL);
	assert_null(outcome_page(&out, 3));
}

TEST(temp_roots_but_not_the_start_directory)
{
	uint32_t other = build_process(b, PROCESS_EXECED, 200, 100, 0, "/bin/o", "/work/tmp");
	build_event(b, .path = "/work/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = other, .path = "/work/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/link/c", .inode = 3, .birth_ns = 5);
	judge(FILES({"/work/tmp/a", 1, 5, 0, NULL}, {"/work/tmp/b", 2, 5, 0, NULL}, {"/tmp/real/c", 3, 5, 0, NULL},
		    {"/link", 0, 0, 0, "/tmp/real"}));
	expect_page(1, VERDICT_KEPT, NULL);
	expect_page(2, VERDICT_LEAKED, NULL);
	expect_page(3, VERDICT_LEAKED, "/tmp/real/c");
}

TEST(start_directory_below_a_temp_root)
{
	build_free(b);
	b = build_new("/tmp/w");
	build_event(b, .path = "/tmp/w/output", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/page", .inode = 2, .birth_ns = 5);
	judge(FILES({"/tmp/w/output", 1, 5, 0, NULL}, {"/tmp/page", 2, 5, 0, NULL}));
	expect_page(1, VERDICT_KEPT, NULL);
	expect_page(2, VERDICT_LEAKED, NULL);
}

/* Paths of pages have no symlinks; patterns may name directories by them. */
TEST(patterns_through_symlinks)
{
	build_event(b, .path = "/link/a.dat", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/data/real/b.txt", .inode = 2, .birth_ns = 5);
	out = outcome_judged(b,
			     FILES({"/data/real/a.dat", 1, 5, 0, NULL}, {"/data/real/b.txt", 2, 5, 0, NULL},
				   {"/link", 0, 0, 0, "/data/real"}),
			     PATTERNS("/link/*.dat"));
	expect_page(1, VERDICT_LEAKED, "/data/real/a.dat");
	expect_page(2, VERDICT_KEPT, NULL);
}

TEST(relative_patterns_in_a_symlinked_start_directory)
{
	build_event(b, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/data/[w]/cache/2.dat", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/data/w/cache/3.dat", .inode = 3, .birth_ns = 5);
	out = outcome_judged(b,
			     FILES({"/data/[w]/cache/1.dat", 1, 5, 0, NULL}, {"/data/[w]/cache/2.dat", 2, 5, 0, NULL},
				   {"/data/w/cache/3.dat", 3, 5, 0, NULL}, {"/work", 0, 0, 0, "/data/[w]"}),
			     PATTERNS("cache/*"));
	expect_page(1, VERDICT_LEAKED, "/data/[w]/cache/1.dat");
	expect_page(2, VERDICT_LEAKED, NULL);
	expect_page(3, VERDICT_KEPT, NULL); /* the directory's name is no pattern */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(files_of_proc_are_no_pages),
		CASE(patterns_replace_the_default_rules),
		CASE(temp_roots_but_not_the_start_directory),
		CASE(start_directory_below_a_temp_root),
		CASE(patterns_through_symlinks),
		CASE(relative_patterns_in_a_symlinked_start_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
