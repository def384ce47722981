/*
 * test_site_habits.c - files outside of temp roots that are leaks because their site removed most of its others.
 */
#include "format.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"
#include <stdio.h>

TEST(site_that_removed_most_of_its_files)
{
	for (uint64_t i = 1; i <= 10; i++) {
		char path[32];
		sprintf(path, "/work/cache/%d.dat", (int)i);
		build_event(b, .path = path, .inode = i, .birth_ns = 5);
		if (i <= 8)
			build_event(b, .kind = EVENT_RELEASED, .path = path, .inode = i, .birth_ns = 5);
	}
	build_event(b, .path = "/work/result", .inode = 20, .birth_ns = 5);
	judge(FILES({"/work/cache/9.dat", 9, 5, 10, NULL}, {"/work/cache/10.dat", 10, 5, 20, NULL},
		    {"/work/result", 20, 5, 0, NULL}));
	expect_page(9, VERDICT_LEAKED, NULL);
	assert_int_equal(outcome_page(&out, 9)->judged, JUDGED_MIXED_SITE);
	expect_page(20, VERDICT_KEPT, NULL);
}

/* Two steps of a script look like one site when the language has no stack walker. */
TEST(one_of_two_is_not_most)
{
	build_event(b, .path = "/work/step1", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/work/step2", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/step1", .inode = 1, .birth_ns = 5);
	judge(FILES({"/work/step2", 2, 5, 0, NULL}));
	expect_page(2, VERDICT_KEPT, NULL);
}

/* Makes and removes the file `times` times, and makes it once more. */
static void make_again(const char *path, uint64_t inode, int times)
{
	for (int i = 0; i < times; i++, inode++) {
		build_event(b, .path = path, .inode = inode, .birth_ns = 5);
		build_event(b, .kind = EVENT_RELEASED, .path = path, .inode = inode, .birth_ns = 5);
	}
	build_event(b, .path = path, .inode = inode, .birth_ns = 5);
}

TEST(targets_made_again_are_outputs)
{
	make_again("/work/Makefile", 1, 1);
	make_again("/work/doc/Makefile", 11, 1);
	judge(FILES({"/work/Makefile", 2, 5, 0, NULL}, {"/work/doc/Makefile", 12, 5, 0, NULL}));
	expect_page(2, VERDICT_KEPT, NULL);
	expect_page(12, VERDICT_KEPT, NULL);
}

TEST(one_name_removed_again_and_again_is_a_leak)
{
	make_again("/work/scratch", 1, 5);
	judge(FILES({"/work/scratch", 6, 5, 0, NULL}));
	expect_page(6, VERDICT_LEAKED, NULL);
}

/* install(1) in a loop: each process removes the file of the one before it. */
TEST(one_name_that_each_process_makes_again_is_an_output)
{
	for (uint32_t i = 0; i < 6; i++) {
		build_process(b, PROCESS_FORKED, 101 + i, 100, 1, NULL, NULL);
		if (i)
			build_event(b, .process = 2 + i, .kind = EVENT_RELEASED, .path = "/work/target", .inode = i,
				    .birth_ns = 5);
		build_event(b, .process = 2 + i, .path = "/work/target", .inode = i + 1, .birth_ns = 5);
		build_exit(b, 2 + i, 0, EXIT_GONE);
	}
	judge(FILES({"/work/target", 6, 5, 0, NULL}));
	expect_page(6, VERDICT_KEPT, NULL);
}

/* A program writes its state every second to a new file of the same name. */
TEST(one_name_that_is_gone_for_a_moment_only_is_an_output)
{
	for (uint64_t i = 0; i < 6; i++) {
		if (i)
			build_event(b, .kind = EVENT_RELEASED, .path = "/work/state", .inode = i, .birth_ns = 5);
		build_event(b, .path = "/work/state", .inode = i + 1, .birth_ns = 5);
		b->now += 1000000000;
	}
	judge(FILES({"/work/state", 6, 5, 0, NULL}));
	expect_page(6, VERDICT_KEPT, NULL);
}

/* git switches between two branches: the file that only one has is gone in the end; that says nothing of the others. */
TEST(name_of_another_branch_says_nothing_of_others)
{
	static const char *const names[] = {"/work/f1", "/work/f2", "/work/f3"};
	uint64_t inode[3] = {0}, next = 1;
	for (uint32_t i = 0; i < 6; i++) {
		build_process(b, PROCESS_FORKED, 101 + i, 100, 1, NULL, NULL);
		for (int k = 0; k < 3; k++) {
			if (inode[k])
				build_event(b, .process = 2 + i, .kind = EVENT_RELEASED, .path = names[k],
					    .inode = inode[k], .birth_ns = 5);
			inode[k] = 0;
			if (k && i % 2)
				continue;
			build_event(b, .process = 2 + i, .path = names[k], .inode = next, .birth_ns = 5);
			inode[k] = next++;
		}
		build_exit(b, 2 + i, 0, EXIT_GONE);
	}
	judge(FILES({"/work/f1", inode[0], 5, 0, NULL}));
	expect_page(inode[0], VERDICT_KEPT, NULL);
}

/*
 * Process 1 starts `count` programs, one after the other, and each makes a file. The file before is removed by the next
 * program or by process 1.
 */
static void make_one_each(int count, bool next_removes, bool ended)
{
	char name[32], before[32] = "";
	for (uint32_t i = 0; i < (uint32_t)count; i++) {
		uint32_t maker = build_process(b, PROCESS_EXECED, 101 + i, 100, 0, "/bin/pack", NULL);
		sprintf(name, "/work/%u.pack", i + 1);
		build_event(b, .process = maker, .path = name, .inode = i + 1, .birth_ns = 5);
		if (i)
			build_event(b, .process = next_removes ? maker : 1, .kind = EVENT_RELEASED, .path = before,
				    .inode = i, .birth_ns = 5);
		strcpy(before, name);
		if (ended)
			build_exit(b, maker, 0, EXIT_GONE);
	}
	judge(FILES({name, (uint64_t)count, 5, 0, NULL}));
}

/* git repack in a loop: each removes the file of the one before it; the names differ. */
TEST(removal_by_the_next_program_is_no_evidence)
{
	make_one_each(6, true, true);
	expect_page(6, VERDICT_KEPT, NULL);
}

TEST(removal_by_another_program_while_the_maker_runs_is_no_evidence)
{
	make_one_each(6, true, false);
	expect_page(6, VERDICT_KEPT, NULL);
}

TEST(removal_by_the_program_that_started_the_maker_is_evidence)
{
	make_one_each(6, false, true);
	expect_page(6, VERDICT_LEAKED, NULL);
}

/* Workers of one program, forked one after the other. */
TEST(removal_by_a_later_worker_is_evidence)
{
	for (uint32_t i = 0; i < 6; i++) {
		char name[32], before[32];
		sprintf(name, "/work/%u.job", i + 1);
		sprintf(before, "/work/%u.job", i);
		build_process(b, PROCESS_FORKED, 101 + i, 100, 1, NULL, NULL);
		build_event(b, .process = 2 + i, .path = name, .inode = i + 1, .birth_ns = 5);
		if (i)
			build_event(b, .process = 2 + i, .kind = EVENT_RELEASED, .path = before, .inode = i,
				    .birth_ns = 5);
		build_exit(b, 2 + i, 0, EXIT_GONE);
	}
	judge(FILES({"/work/6.job", 6, 5, 0, NULL}));
	expect_page(6, VERDICT_LEAKED, NULL);
}

/* One program makes four files; another removes two of them and makes them again. */
TEST(name_is_made_again_by_another_site)
{
	for (uint64_t i = 1; i <= 4; i++) {
		char name[32];
		sprintf(name, "/work/f%d", (int)i);
		build_event(b, .path = name, .inode = i, .birth_ns = 5);
	}
	uint32_t other = build_process(b, PROCESS_EXECED, 101, 100, 0, "/bin/svn", NULL);
	for (uint64_t i = 1; i <= 2; i++) {
		char name[32];
		sprintf(name, "/work/f%d", (int)i);
		build_event(b, .process = other, .kind = EVENT_RELEASED, .path = name, .inode = i, .birth_ns = 5);
		build_event(b, .process = other, .api = 1, .path = name, .inode = 10 + i, .birth_ns = 5);
	}
	judge(FILES({"/work/f1", 11, 5, 0, NULL}, {"/work/f2", 12, 5, 0, NULL}, {"/work/f3", 3, 5, 0, NULL},
		    {"/work/f4", 4, 5, 0, NULL}));
	expect_page(3, VERDICT_KEPT, NULL);
	expect_page(4, VERDICT_KEPT, NULL);
}

TEST(habits_of_a_site_count_for_late_pages)
{
	build_event(b, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/work/cache/2.dat", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/work/alone", .inode = 3, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_BEGUN);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/cache/2.dat", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/alone", .inode = 3, .birth_ns = 5);
	judge(NULL);
	expect_page(2, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 2)->judged, JUDGED_MIXED_SITE);
	expect_page(3, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 3)->judged, JUDGED_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(site_that_removed_most_of_its_files),
		CASE(one_of_two_is_not_most),
		CASE(targets_made_again_are_outputs),
		CASE(one_name_removed_again_and_again_is_a_leak),
		CASE(one_name_that_each_process_makes_again_is_an_output),
		CASE(one_name_that_is_gone_for_a_moment_only_is_an_output),
		CASE(name_of_another_branch_says_nothing_of_others),
		CASE(removal_by_the_next_program_is_no_evidence),
		CASE(removal_by_another_program_while_the_maker_runs_is_no_evidence),
		CASE(removal_by_the_program_that_started_the_maker_is_evidence),
		CASE(removal_by_a_later_worker_is_evidence),
		CASE(name_is_made_again_by_another_site),
		CASE(habits_of_a_site_count_for_late_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
