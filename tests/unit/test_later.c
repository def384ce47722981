/*
 * test_later.c - a journal read twice while programs go on: what is settled by the second reading, and what is not.
 */
#include "coverage/coverage.h"
#include "coverage/second_reading.h"
#include "format.h"
#include "journal/read.h"
#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/verdicts.h"
#include "with_journal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static void read_first(const struct fake_file *files)
{
	static char bytes[1 << 20];
	build_finish(b);
	assert_true(b->size <= sizeof bytes);
	memcpy(bytes, b->bytes, b->size);
	struct builder first = *b;
	first.bytes = bytes; /* the builder's own move as it grows */
	out = outcome_of(&first, files, NULL);
}

static void read_again(void)
{
	struct journal later;
	build_finish(b);
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", &later), 0);
	second_reading_settle(&out.journal, &later, &out.pages);
}

static bool is_spoken_of(uint64_t inode)
{
	return outcome_page(&out, inode) != NULL;
}

TEST(removed_or_renamed_since)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/gone", .inode = 3, .birth_ns = 5);
	build_event(b, .path = "/tmp/there", .inode = 4, .birth_ns = 5);
	read_first(FILES({"/tmp/there", 4, 5, 0, NULL}));
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/c", .path2 = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/there", .inode = 4, .birth_ns = 5);
	read_again();
	assert_false(is_spoken_of(1));
	assert_false(is_spoken_of(2));
	assert_int_equal(outcome_page(&out, 3)->verdict, VERDICT_VANISHED);
	assert_int_equal(outcome_page(&out, 4)->verdict, VERDICT_LEAKED); /* as it was */
}

TEST(what_was_known_already_settles_nothing)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/c", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/b", .path2 = "/tmp/c", .inode = 2, .birth_ns = 5,
		    .flags = EVENT_REPLACED, .replaced = 1, .replaced_birth_ns = 5);
	read_first(NULL);
	build_event(b, .path = "/tmp/d", .inode = 3, .birth_ns = 5);
	read_again();
	assert_int_equal(outcome_page(&out, 2)->verdict, VERDICT_VANISHED);
}

TEST(replaced_since)
{
	build_event(b, .path = "/tmp/data", .inode = 1, .birth_ns = 5);
	read_first(FILES({"/tmp/data", 2, 6, 0, NULL}));
	build_event(b, .path = "/tmp/new", .inode = 2, .birth_ns = 6);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/data", .path2 = "/tmp/new", .inode = 2, .birth_ns = 6,
		    .flags = EVENT_REPLACED, .replaced = 1, .replaced_birth_ns = 5);
	read_again();
	assert_false(is_spoken_of(1));
}

TEST(in_a_directory_that_was_renamed_since)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/sub", .inode = 2, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/sub/a", .inode = 3, .birth_ns = 5);
	build_event(b, .path = "/tmp/d2", .inode = 4, .birth_ns = 5);
	read_first(FILES({"/tmp/e", 1, 5, 0, .mode = S_IFDIR | 0755}, {"/tmp/e/sub", 2, 5, 0, .mode = S_IFDIR | 0755},
			 {"/tmp/e/sub/a", 3, 5, 0}));
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755);
	read_again();
	assert_false(is_spoken_of(1));
	assert_false(is_spoken_of(2));
	assert_false(is_spoken_of(3));
	assert_int_equal(outcome_page(&out, 4)->verdict, VERDICT_VANISHED);
}

/* Process 2 was killed while it wrote, or goes on. */
static struct coverage torn_by(bool killed)
{
	struct journal journal;
	struct coverage coverage = {0};
	build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	uint32_t event = build_event(b, .process = 2, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	if (killed)
		build_killed(b, 1, 101, 100, 9);
	read_first(NULL);
	((struct journal_record *)(b->bytes + 8 * (size_t)event))->type = 0;
	((struct journal_chunk *)(b->bytes + JOURNAL_HEADER_SIZE))->process = 2;
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", &journal), 0);
	assert_int_equal(journal.torn, 1);
	coverage_fill(&journal, &journal, &coverage);
	return coverage;
}

TEST(a_record_that_its_writer_is_still_writing)
{
	assert_true(torn_by(false).complete);
}

TEST(a_record_whose_writer_was_killed_while_others_go_on)
{
	struct coverage coverage = torn_by(true);
	assert_false(coverage.complete);
	assert_int_equal(coverage.limit_count, 1);
	assert_string_equal(coverage.limits[0], "1 records were being written when their writer died");
}

TEST(a_call_whose_process_was_killed_and_not_waited_for)
{
	struct journal first, later;
	struct coverage coverage = {.complete = true};
	build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	struct journal_chunk *chunk = (struct journal_chunk *)(b->bytes + JOURNAL_HEADER_SIZE);
	chunk->process = 2;
	chunk->making = 1;
	read_first(NULL);
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", &first), 0);
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", &later), 0);
	coverage_fill(&first, &later, &coverage);
	assert_true(coverage.complete);
	first.underway[0].gone = true;
	coverage_fill(&first, &later, &coverage);
	assert_false(coverage.complete);
	later.underway_count = 0; /* it had come to its end before */
	coverage = (struct coverage){.complete = true};
	coverage_fill(&first, &later, &coverage);
	assert_true(coverage.complete);
}

static struct coverage covered(struct journal *later)
{
	struct coverage coverage = {0};
	build_finish(b);
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", later), 0);
	coverage_fill(&out.journal, later, &coverage);
	return coverage;
}

TEST(a_program_that_was_beginning)
{
	struct journal later;
	build_exec(b, 1, 200, 100, "/bin/sh", EXEC_SPAWNED);
	read_first(NULL);
	build_process(b, PROCESS_EXECED, 200, 100, 0, "/bin/sh", NULL);
	assert_int_equal(covered(&later).unaudited_count, 0);
}

TEST(a_number_that_was_taken_again_is_not_of_the_program_that_had_it)
{
	struct journal later;
	build_exec(b, 1, 200, 100, "/bin/sh", EXEC_SPAWNED);
	build_process(b, PROCESS_FORKED, 200, 100, 1, NULL, NULL);
	read_first(NULL);
	struct coverage coverage = covered(&later);
	assert_int_equal(coverage.unaudited_count, 1);
	assert_false(coverage.complete);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(removed_or_renamed_since, build_set_up, build_tear_down),
		cmocka_unit_test_setup_teardown(what_was_known_already_settles_nothing, build_set_up, build_tear_down),
		cmocka_unit_test_setup_teardown(replaced_since, build_set_up, build_tear_down),
		cmocka_unit_test_setup_teardown(in_a_directory_that_was_renamed_since, build_set_up, build_tear_down),
		cmocka_unit_test_setup_teardown(a_call_whose_process_was_killed_and_not_waited_for, build_set_up,
						build_tear_down),
		cmocka_unit_test_setup_teardown(a_program_that_was_beginning, build_set_up, build_tear_down),
		cmocka_unit_test_setup_teardown(a_number_that_was_taken_again_is_not_of_the_program_that_had_it,
						build_set_up, build_tear_down),
		cmocka_unit_test_setup_teardown(a_record_that_its_writer_is_still_writing, build_set_up,
						build_tear_down),
		cmocka_unit_test_setup_teardown(a_record_whose_writer_was_killed_while_others_go_on, build_set_up,
						build_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
