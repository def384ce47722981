/*
 * test_coverage.c - which programs and records an audit missed.
 */
#include "coverage/coverage.h"
#include "format.h"
#include "journal/read.h"
#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "with_outcome.h"

TEST(programs_without_a_process_record)
{
	uint32_t failed = build_exec(b, 1, 100, 99, "/nonexistent/first", 0);
	build_exec_failed(b, failed, 100);
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	uint32_t early = build_process(b, PROCESS_EXECED, 301, 100, 0, "/bin/early", NULL);
	build_exec(b, 1, 301, 100, "/bin/early", EXEC_SPAWNED);
	cover(NULL);
	assert_int_equal(out.coverage.unaudited_count, 1);
	assert_int_equal(out.coverage.unaudited[0].pid, 300);
	assert_string_equal(out.coverage.unaudited[0].reason, "its executable is gone");
	assert_false(out.coverage.complete);
	assert_int_equal(out.coverage.audited, 2);
	for (size_t i = 0; i < out.journal.process_count; i++)
		if (out.journal.processes[i]->number == early)
			assert_int_equal(out.journal.processes[i]->parent->pid, 100);
}

TEST(command_without_a_record)
{
	((struct journal_header *)b->bytes)->creator_pid = 4711;
	build_process(b, PROCESS_EXECED, 4712, 4711, 0, "/bin/child-of-it", NULL);
	cover(NULL);
	assert_int_equal(out.coverage.unaudited_count, 1);
	assert_int_equal(out.coverage.unaudited[0].pid, 4711);
	assert_false(out.coverage.complete);
}

/* exec is another image, not another process. */
TEST(exec_is_another_image_of_its_process)
{
	build_exec(b, 1, 100, 99, "/bin/next", 0);
	build_process(b, PROCESS_EXECED, 100, 99, 0, "/bin/next", NULL);
	cover(NULL);
	assert_true(out.coverage.complete);
	assert_int_equal(out.coverage.processes, 1);
	assert_int_equal(out.coverage.images, 2);
}

/* ---- a journal that is read twice, while processes go on ---- */

static void read_first(const struct fake_file *files)
{
	static char bytes[1 << 20];
	build_finish(b);
	assert_true(b->size <= sizeof bytes);
	memcpy(bytes, b->bytes, b->size);
	struct builder first = *b;
	first.bytes = bytes; /* those of the builder move when it grows */
	out = outcome_judged(&first, files, NULL);
}

/* Reads a journal with a record that process 2 has not finished; it was killed, or goes on. */
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

TEST(record_that_is_being_written_is_no_gap)
{
	assert_true(torn_by(false).complete);
}

TEST(record_whose_writer_was_killed_is_a_gap)
{
	struct coverage coverage = torn_by(true);
	assert_false(coverage.complete);
	assert_int_equal(coverage.limit_count, 1);
	assert_string_equal(coverage.limits[0], "1 records were being written when their writer died");
}

TEST(call_of_a_killed_process_is_a_gap)
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
	later.underway_count = 0; /* the call had ended before */
	coverage = (struct coverage){.complete = true};
	coverage_fill(&first, &later, &coverage);
	assert_true(coverage.complete);
}

static struct coverage covered_with(struct journal *later)
{
	struct coverage coverage = {0};
	build_finish(b);
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", later), 0);
	coverage_fill(&out.journal, later, &coverage);
	return coverage;
}

TEST(program_that_was_starting_is_no_gap)
{
	struct journal later;
	build_exec(b, 1, 200, 100, "/bin/sh", EXEC_SPAWNED);
	read_first(NULL);
	build_process(b, PROCESS_EXECED, 200, 100, 0, "/bin/sh", NULL);
	assert_int_equal(covered_with(&later).unaudited_count, 0);
}

TEST(pid_that_was_reused_is_another_program)
{
	struct journal later;
	build_exec(b, 1, 200, 100, "/bin/sh", EXEC_SPAWNED);
	build_process(b, PROCESS_FORKED, 200, 100, 1, NULL, NULL);
	read_first(NULL);
	struct coverage coverage = covered_with(&later);
	assert_int_equal(coverage.unaudited_count, 1);
	assert_false(coverage.complete);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(programs_without_a_process_record),       CASE(command_without_a_record),
		CASE(exec_is_another_image_of_its_process),    CASE(record_that_is_being_written_is_no_gap),
		CASE(record_whose_writer_was_killed_is_a_gap), CASE(call_of_a_killed_process_is_a_gap),
		CASE(program_that_was_starting_is_no_gap),     CASE(pid_that_was_reused_is_another_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
