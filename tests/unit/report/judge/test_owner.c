/*
 * test_owner.c - who owns a page when it goes, and whose removal that makes it.
 */
#include "format.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"
#include <signal.h>

TEST(child_removes_for_its_living_parent)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_exec(b, child, 101, 100, "/bin/rm", 0);
	uint32_t rm = build_process(b, PROCESS_EXECED, 101, 100, 0, "/bin/rm", NULL);
	build_event(b, .process = rm, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, NULL);
}

TEST(pages_pass_to_the_parent_at_a_clean_end)
{
	uint32_t mktemp = build_process(b, PROCESS_FORKED, 101, 100, 1, "/bin/mktemp", NULL);
	build_event(b, .process = mktemp, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = mktemp, .path = "/tmp/left", .inode = 2, .birth_ns = 5);
	build_exit(b, mktemp, 0, EXIT_AT_ONCE);
	uint32_t rm = build_process(b, PROCESS_FORKED, 102, 100, 1, "/bin/rm", NULL);
	build_event(b, .process = rm, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/left", 2, 5, 0, NULL}));
	expect_page(1, VERDICT_RELEASED, NULL);
	assert_int_equal(outcome_page(&out, 2)->owner->pid, 100);
	assert_int_equal(outcome_page(&out, 2)->made->process->pid, 101);
}

TEST(killed_processes_leave_nothing_to_their_parent)
{
	uint32_t killed = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .process = killed, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = 1, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_FOREIGN, NULL);
}

/* A tracker removes files of its parent: foreign once the parent is known to be dead. */
TEST(killed_process_lives_until_its_parent_waited_for_it)
{
	uint32_t owner = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	uint32_t tracker = build_process(b, PROCESS_FORKED, 102, 101, owner, NULL, NULL);
	build_event(b, .process = owner, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = owner, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_killed(b, 1, 101, 4711, 9); /* not its parent: a pid of another namespace */
	build_event(b, .process = tracker, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_killed(b, 1, 101, 100, 9);
	build_event(b, .process = tracker, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, NULL);
	expect_page(2, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 2)->owner->signal, 9);
}

TEST(aborted_processes_leave_nothing_to_their_parent)
{
	uint32_t aborted = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .process = aborted, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, aborted, -1, EXIT_ABORT);
	build_event(b, .process = 1, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 1)->made->process->signal, SIGABRT);
}

TEST(handler_of_sigabrt_exits)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, -1, EXIT_ABORT);
	build_exit(b, 1, 3, EXIT_AT_ONCE);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	const struct process *process = outcome_page(&out, 1)->made->process;
	assert_int_equal(process->signal, 0);
	assert_int_equal(process->status, 3);
	assert_true(process->ended_cleanly);
}

TEST(handler_of_sigabrt_exits_by_a_system_call)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, -1, EXIT_ABORT);
	build_end(b, 3 << 8);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	const struct process *process = outcome_page(&out, 1)->made->process;
	assert_int_equal(process->signal, 0);
	assert_int_equal(process->status, 3);
}

TEST(orphan_was_not_started_by_the_heir)
{
	uint32_t python = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	uint32_t tracker = build_process(b, PROCESS_FORKED, 102, 101, python, NULL, NULL);
	build_event(b, .process = python, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	build_exit(b, python, 0, EXIT_GONE);
	build_event(b, .process = tracker, .kind = EVENT_RELEASED, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 1)->owner->pid, 100);
}

TEST(tracker_outlives_its_parent)
{
	uint32_t tracker = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_GONE);
	build_event(b, .process = tracker, .kind = EVENT_RELEASED, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 1)->kind, PAGE_SHM);
}

TEST(daemon_goes_on_in_the_child)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_exit(b, 1, 0, EXIT_DAEMON);
	build_event(b, .process = child, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, NULL);
}

/* fork, setsid, fork, both parents exit: the last process owns the pages of the first. */
TEST(daemon_by_two_forks_goes_on_in_the_grandchild)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/c", .inode = 3, .birth_ns = 5);
	uint32_t leader = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_note(b, leader, NOTE_SESSION);
	build_event(b, .path = "/tmp/d", .inode = 4, .birth_ns = 5);
	uint32_t other = build_process(b, PROCESS_FORKED, 102, 100, 1, NULL, NULL);
	build_event(b, .process = other, .kind = EVENT_RELEASED, .path = "/tmp/c", .inode = 3, .birth_ns = 5);
	build_event(b, .process = leader, .kind = EVENT_RELEASED, .path = "/tmp/d", .inode = 4, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_AT_ONCE);
	build_event(b, .process = leader, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	uint32_t daemon = build_process(b, PROCESS_FORKED, 103, 101, leader, NULL, NULL);
	build_exit(b, leader, 0, EXIT_AT_ONCE);
	uint32_t rm = build_process(b, PROCESS_EXECED, 104, 103, 0, "/bin/rm", NULL);
	build_event(b, .process = rm, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	judge(NULL);
	for (uint64_t inode = 1; inode <= 4; inode++)
		expect_page(inode, VERDICT_RELEASED, NULL);
	assert_int_equal(outcome_page(&out, 2)->owner->number, daemon);
	assert_int_equal(outcome_page(&out, 3)->owner->number, 1);
}

/* A worker outlives its server and does not take its place. */
TEST(worker_is_no_daemon)
{
	uint32_t server = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_note(b, server, NOTE_SESSION);
	build_event(b, .process = server, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_process(b, PROCESS_FORKED, 102, 101, server, NULL, NULL);
	uint32_t worker = build_process(b, PROCESS_FORKED, 103, 101, server, NULL, NULL);
	build_exit(b, server, 0, EXIT_GONE);
	build_event(b, .process = worker, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_FOREIGN, NULL);
}

TEST(exec_keeps_ownership)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exec(b, 1, 100, 99, "/bin/next", 0);
	uint32_t next = build_process(b, PROCESS_EXECED, 100, 99, 0, "/bin/next", NULL);
	build_event(b, .process = next, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(child_removes_for_its_living_parent),
		CASE(pages_pass_to_the_parent_at_a_clean_end),
		CASE(killed_processes_leave_nothing_to_their_parent),
		CASE(killed_process_lives_until_its_parent_waited_for_it),
		CASE(aborted_processes_leave_nothing_to_their_parent),
		CASE(handler_of_sigabrt_exits),
		CASE(handler_of_sigabrt_exits_by_a_system_call),
		CASE(orphan_was_not_started_by_the_heir),
		CASE(tracker_outlives_its_parent),
		CASE(daemon_goes_on_in_the_child),
		CASE(daemon_by_two_forks_goes_on_in_the_grandchild),
		CASE(worker_is_no_daemon),
		CASE(exec_keeps_ownership),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
