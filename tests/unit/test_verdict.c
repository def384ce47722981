/*
 * test_verdict.c - what becomes of pages: every verdict, names, identities, ownership. On journals and disks made in memory.
 */
#include "base/text.h"
#include "coverage/unattributed.h"
#include "format.h"
#include "journal/function_names.h"
#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "with_journal.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static uint16_t api(const char *name)
{
	for (uint16_t id = 1; id < 1000; id++)
		if (!strcmp(api_name(id), name))
			return id;
	fail_msg("no function %s", name);
	return 0;
}

#define PATTERNS(...)                                                                                                  \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

static void judge(const struct fake_file *files)
{
	out = outcome_of(b, files, NULL);
}

static void expect(uint64_t inode, enum verdict verdict, const char *path)
{
	const struct page *page = outcome_page(&out, inode);
	assert_non_null(page);
	assert_int_equal(page->verdict, verdict);
	if (path)
		assert_string_equal(text_shown(out.arena, page->path), path);
}

TEST(released_and_leaked)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 6);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/b", 2, 6, 4096, NULL}));
	expect(1, VERDICT_RELEASED, "/tmp/a");
	expect(2, VERDICT_LEAKED, "/tmp/b");
	assert_int_equal(outcome_page(&out, 2)->judged, JUDGED_TEMP_ROOT);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].bytes, 4096);
}

TEST(an_inode_taken_again_behind_a_removal_without_a_record)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/left", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/left", 1, 5, 512, NULL}));
	expect(1, VERDICT_LEAKED, "/tmp/left");
	assert_string_equal(text_shown(out.arena, outcome_page(&out, 1)->made->path), "/tmp/left");
	assert_int_equal(outcome_page(&out, 1)->renamed_from.size, 0);
}

TEST(kept_vanished_and_not_the_same_file)
{
	build_event(b, .path = "/work/out.txt", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/gone", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/other", .inode = 3, .birth_ns = 5);
	judge(FILES({"/work/out.txt", 1, 5, 0, NULL}, {"/tmp/other", 3, 77, 0, NULL}));
	expect(1, VERDICT_KEPT, NULL);
	expect(2, VERDICT_VANISHED, NULL);
	expect(3, VERDICT_VANISHED, NULL);
}

TEST(a_release_that_the_disk_contradicts)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	expect(1, VERDICT_LEAKED, "/tmp/a");
}

TEST(late_after_exit_began)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_BEGUN);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_GONE);
	judge(NULL);
	expect(1, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 1)->phase, PHASE_EXIT);
	assert_int_equal(out.report.finding_count, 1);
	assert_non_null(out.report.findings[0].release);
}

TEST(late_after_scope_but_not_after_phase)
{
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .scope = "t.py::a (call)");
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::a (teardown)");
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_scope(b, 1, "t.py::b (setup)");
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_RELEASED, NULL);
	expect(2, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 2)->phase, PHASE_AFTER_SCOPE);
}

#define DIRECTORY .mode = S_IFDIR | 0700
#define GONE(...) build_event(b, .kind = EVENT_RELEASED, .birth_ns = 5, __VA_ARGS__)

/* A session's directory, filled by a test, removed after it. */
TEST(what_goes_with_a_directory_in_time_is_in_time)
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
	GONE(.path = "/tmp/aside", .inode = 6); /* so that was no removal of the directory yet */
	GONE(.path = "/tmp/d/below/file", .inode = 4);
	GONE(.path = "/tmp/d/below", .inode = 3, DIRECTORY);
	GONE(.path = "/tmp/d/file", .inode = 2);
	GONE(.path = "/tmp/d", .inode = 1, DIRECTORY);
	judge(NULL);
	for (uint64_t inode = 1; inode <= 4; inode++) {
		expect(inode, VERDICT_RELEASED, NULL);
		assert_int_equal(outcome_page(&out, inode)->phase, PHASE_RUNNING);
	}
	expect(5, VERDICT_LATE, NULL);
	expect(6, VERDICT_LATE, NULL);
}

TEST(what_goes_with_a_late_directory_is_late)
{
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .scope = "t.py::a (call)", DIRECTORY);
	build_event(b, .path = "/tmp/d/file", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::b (call)");
	GONE(.path = "/tmp/d/file", .inode = 2);
	GONE(.path = "/tmp/d", .inode = 1, DIRECTORY);
	judge(NULL);
	expect(1, VERDICT_LATE, NULL);
	expect(2, VERDICT_LATE, NULL);
}

/* Something was made in between. */
TEST(a_removal_is_a_run_of_releases)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, DIRECTORY);
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/d/file", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::b (call)");
	GONE(.path = "/tmp/d/file", .inode = 2);
	build_event(b, .path = "/tmp/other", .inode = 3, .birth_ns = 5, .scope = "t.py::b (call)");
	GONE(.path = "/tmp/d", .inode = 1, DIRECTORY);
	judge(NULL);
	expect(1, VERDICT_RELEASED, NULL);
	expect(2, VERDICT_LATE, NULL);
}

TEST(an_ended_scope_tells_more_than_the_exit)
{
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "");
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_BEGUN);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_GONE);
	judge(NULL);
	expect(1, VERDICT_LATE, NULL);
	expect(2, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 1)->phase, PHASE_AFTER_SCOPE);
	assert_int_equal(outcome_page(&out, 2)->phase, PHASE_EXIT);
	assert_int_equal(out.report.test_count, 1);
	assert_true(text_is(out.report.tests[0], "t.py::a"));
}

TEST(a_child_releases_for_its_living_parent)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_exec(b, child, 101, 100, "/bin/rm", 0);
	uint32_t rm = build_process(b, PROCESS_EXECED, 101, 100, 0, "/bin/rm", NULL);
	build_event(b, .process = rm, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_RELEASED, NULL);
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
	expect(1, VERDICT_RELEASED, NULL);
	assert_int_equal(outcome_page(&out, 2)->owner->pid, 100);
	assert_int_equal(out.report.findings[0].owner->pid, 101);
}

TEST(killed_processes_leave_nothing_to_their_parent)
{
	uint32_t killed = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .process = killed, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = 1, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_FOREIGN, NULL);
}

/* A tracker removes what its killed parent left: foreign, once that is known to be dead. */
TEST(a_killed_process_lives_until_it_was_waited_for)
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
	expect(1, VERDICT_RELEASED, NULL);
	expect(2, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 2)->owner->signal, 9);
}

TEST(aborted_processes_leave_nothing_to_their_parent)
{
	uint32_t aborted = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .process = aborted, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, aborted, -1, EXIT_ABORT);
	build_event(b, .process = 1, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 1)->made->process->signal, SIGABRT);
}

TEST(a_handler_of_sigabrt_can_leave_in_order)
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

TEST(a_handler_of_sigabrt_can_leave_by_a_system_call)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, -1, EXIT_ABORT);
	build_end(b, 3 << 8);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	const struct process *process = outcome_page(&out, 1)->made->process;
	assert_int_equal(process->signal, 0);
	assert_int_equal(process->status, 3);
}

TEST(an_orphan_is_not_started_by_the_heir)
{
	uint32_t python = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	uint32_t tracker = build_process(b, PROCESS_FORKED, 102, 101, python, NULL, NULL);
	build_event(b, .process = python, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	build_exit(b, python, 0, EXIT_GONE);
	build_event(b, .process = tracker, .kind = EVENT_RELEASED, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 1)->owner->pid, 100);
}

TEST(a_tracker_that_outlives_its_parent)
{
	uint32_t tracker = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_event(b, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_GONE);
	build_event(b, .process = tracker, .kind = EVENT_RELEASED, .path = "/dev/shm/psm_1", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_FOREIGN, NULL);
	assert_int_equal(outcome_page(&out, 1)->kind, PAGE_SHM);
}

TEST(daemon_goes_on_in_the_child)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_exit(b, 1, 0, EXIT_DAEMON);
	build_event(b, .process = child, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_RELEASED, NULL);
}

/* Fork, setsid, fork again, parents end: what the last one removes is its own. */
TEST(a_daemon_made_by_hand_goes_on_in_the_child)
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
		expect(inode, VERDICT_RELEASED, NULL);
	assert_int_equal(outcome_page(&out, 2)->owner->number, daemon);
	assert_int_equal(outcome_page(&out, 3)->owner->number, 1);
}

/* A server whose worker outlives it: nobody took its place. */
TEST(a_worker_is_no_daemon)
{
	uint32_t server = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	build_note(b, server, NOTE_SESSION);
	build_event(b, .process = server, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_process(b, PROCESS_FORKED, 102, 101, server, NULL, NULL);
	uint32_t worker = build_process(b, PROCESS_FORKED, 103, 101, server, NULL, NULL);
	build_exit(b, server, 0, EXIT_GONE);
	build_event(b, .process = worker, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_FOREIGN, NULL);
}

TEST(exec_keeps_ownership)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exec(b, 1, 100, 99, "/bin/next", 0);
	uint32_t next = build_process(b, PROCESS_EXECED, 100, 99, 0, "/bin/next", NULL);
	build_event(b, .process = next, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	judge(NULL);
	expect(1, VERDICT_RELEASED, NULL);
	assert_true(out.report.coverage.complete);
	assert_int_equal(out.report.coverage.processes, 1);
	assert_int_equal(out.report.coverage.images, 2);
}

TEST(hard_links)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_LINKED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .links = 2);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .links = 2);
	judge(FILES({"/tmp/b", 1, 5, 0, NULL}));
	expect(1, VERDICT_LEAKED, "/tmp/b");
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
	expect(1, VERDICT_ADOPTED, "/work/out");
	expect(2, VERDICT_ADOPTED, "/work/file");
	assert_int_equal(outcome_page(&out, 2)->judged, JUDGED_TEMP_API);
	expect(3, VERDICT_ADOPTED, "/work/c");
}

TEST(rename_over_releases_what_was_there)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/a", .path2 = "/tmp/b", .inode = 2, .birth_ns = 5,
		    .replaced = 1, .replaced_birth_ns = 5);
	judge(FILES({"/tmp/a", 2, 5, 0, NULL}));
	expect(1, VERDICT_RELEASED, "/tmp/a");
	expect(2, VERDICT_LEAKED, "/tmp/a");
}

TEST(exchange_swaps_names)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .flags = EVENT_EXCHANGED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1,
		    .birth_ns = 5, .replaced = 2, .replaced_birth_ns = 5);
	judge(FILES({"/tmp/b", 1, 5, 0, NULL}, {"/tmp/a", 2, 5, 0, NULL}));
	expect(1, VERDICT_LEAKED, "/tmp/b");
	expect(2, VERDICT_LEAKED, "/tmp/a");
}

TEST(renamed_directories_take_pages_along)
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
	expect(1, VERDICT_LEAKED, "/tmp/e");
	expect(2, VERDICT_LEAKED, "/tmp/e/x");
	expect(3, VERDICT_RELEASED, "/tmp/d/y");
	expect(5, VERDICT_LEAKED, "/tmp/d/x");
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
	expect(1, VERDICT_RELEASED, "/tmp/a");
	expect(2, VERDICT_RELEASED, "/tmp/b");
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

/* A signal handler forks between the call and its record: both processes go on to write it. */
TEST(a_call_that_two_processes_come_out_of)
{
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	uint32_t other = build_process(b, PROCESS_FORKED, 102, 100, 1, NULL, NULL);
	build_event(b, .process = child, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	build_event(b, .process = other, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	judge(FILES({"/tmp/a", 1, 5, 0, NULL}));
	assert_int_equal(out.pages.count, 1);
	expect(1, VERDICT_LEAKED, "/tmp/a");
}

TEST(inode_numbers_used_again_without_birth_time)
{
	for (int i = 0; i < 3; i++) {
		build_event(b, .path = "/tmp/a", .inode = 1);
		build_event(b, .path = "/tmp/a", .inode = 1); /* opened again */
		build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1);
	}
	build_event(b, .path = "/tmp/z", .inode = 1);
	judge(FILES({"/tmp/z", 1, 0, 0, NULL}));
	assert_int_equal(out.pages.count, 4);
	assert_int_equal(out.report.totals[VERDICT_RELEASED].entries, 3);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].entries, 1);
}

TEST(new_entries_of_old_files_are_listed)
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
	expect(1, VERDICT_LEAKED, "/tmp/l");
	expect(2, VERDICT_RELEASED, "/tmp/m");
	assert_null(outcome_page(&out, 3));
	assert_null(outcome_page(&out, 4)); /* gone, and its removal is not recorded */
}

TEST(what_the_kernel_shows_is_no_page)
{
	build_event(b, .flags = EVENT_GUESSED, .path = "/proc/7/oom_score_adj", .inode = 1);
	build_event(b, .path = "/procession", .inode = 2, .birth_ns = 5);
	judge(FILES({"/procession", 2, 5, 0, NULL}));
	assert_int_equal(out.pages.count, 1);
}

TEST(mixed_sites)
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
	expect(9, VERDICT_LEAKED, NULL);
	assert_int_equal(outcome_page(&out, 9)->judged, JUDGED_MIXED_SITE);
	expect(20, VERDICT_KEPT, NULL);
	const struct finding *finding = &out.report.findings[0];
	assert_string_equal(text_shown(out.arena, finding->template), "cache/*.dat");
	assert_int_equal(finding->entries, 2);
	assert_int_equal(finding->bytes, 30);
	assert_int_equal(finding->site_created, 11);
	assert_int_equal(finding->site_released, 8);
	assert_int_equal(strlen(finding->id), 32);
}

/* A step and the next, in a language whose stack does not tell the lines of the script. */
TEST(one_of_two_is_not_most)
{
	build_event(b, .path = "/work/step1", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/work/step2", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/step1", .inode = 1, .birth_ns = 5);
	judge(FILES({"/work/step2", 2, 5, 0, NULL}));
	expect(2, VERDICT_KEPT, NULL);
}

/* `times` it is made and removed, and made once more. */
static void make_again(const char *path, uint64_t inode, int times)
{
	for (int i = 0; i < times; i++, inode++) {
		build_event(b, .path = path, .inode = inode, .birth_ns = 5);
		build_event(b, .kind = EVENT_RELEASED, .path = path, .inode = inode, .birth_ns = 5);
	}
	build_event(b, .path = path, .inode = inode, .birth_ns = 5);
}

TEST(targets_made_again_are_no_mixed_site)
{
	make_again("/work/Makefile", 1, 1);
	make_again("/work/doc/Makefile", 11, 1);
	judge(FILES({"/work/Makefile", 2, 5, 0, NULL}, {"/work/doc/Makefile", 12, 5, 0, NULL}));
	expect(2, VERDICT_KEPT, NULL);
	expect(12, VERDICT_KEPT, NULL);
}

TEST(one_name_removed_time_and_again_is_a_mixed_site)
{
	make_again("/work/scratch", 1, 5);
	judge(FILES({"/work/scratch", 6, 5, 0, NULL}));
	expect(6, VERDICT_LEAKED, NULL);
}

/* install(1) in a loop: each removes what the one before it made. */
TEST(one_name_that_other_processes_remove_and_make_again_is_an_output)
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
	expect(6, VERDICT_KEPT, NULL);
}

/* A program that writes its state every second, to a new file of the old name. */
TEST(one_name_that_is_away_for_a_moment_only_is_an_output)
{
	for (uint64_t i = 0; i < 6; i++) {
		if (i)
			build_event(b, .kind = EVENT_RELEASED, .path = "/work/state", .inode = i, .birth_ns = 5);
		build_event(b, .path = "/work/state", .inode = i + 1, .birth_ns = 5);
		b->now += 1000000000;
	}
	judge(FILES({"/work/state", 6, 5, 0, NULL}));
	expect(6, VERDICT_KEPT, NULL);
}

/* Two branches: a name of the other one is gone in the end, and says nothing of those that are in both. */
TEST(names_that_come_and_go_between_processes_say_nothing_of_others)
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
	expect(inode[0], VERDICT_KEPT, NULL);
}

/* A page of each of `count` programs that 1 starts one after the other, and who removes the one before: the next of them, or 1. */
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

/* git repack in a loop: each removes what the one before it made, which has another name each time. */
TEST(what_other_programs_remove_was_left_by_its_maker)
{
	make_one_each(6, true, true);
	expect(6, VERDICT_KEPT, NULL);
}

TEST(what_other_programs_remove_while_its_maker_runs)
{
	make_one_each(6, true, false);
	expect(6, VERDICT_KEPT, NULL);
}

TEST(what_the_program_removes_that_started_its_maker_is_evidence)
{
	make_one_each(6, false, true);
	expect(6, VERDICT_LEAKED, NULL);
}

/* They are forked one after the other, and all are one program. */
TEST(what_later_workers_remove_is_evidence)
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
	expect(6, VERDICT_LEAKED, NULL);
}

/* One site of this program makes them, another one's makes one of them again. */
TEST(a_name_is_made_again_whatever_the_site)
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
	expect(3, VERDICT_KEPT, NULL);
	expect(4, VERDICT_KEPT, NULL);
}

TEST(mixed_sites_speak_for_late_pages_too)
{
	build_event(b, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/work/cache/2.dat", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/work/alone", .inode = 3, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_BEGUN);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/cache/2.dat", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/work/alone", .inode = 3, .birth_ns = 5);
	judge(NULL);
	expect(2, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 2)->judged, JUDGED_MIXED_SITE);
	expect(3, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 3)->judged, JUDGED_NOT);
}

TEST(patterns_are_the_only_pages)
{
	build_event(b, .path = "/work/cache/1.dat", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/x", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/gone", .inode = 3, .birth_ns = 5);
	out = outcome_of(b, FILES({"/work/cache/1.dat", 1, 5, 0, NULL}, {"/tmp/x", 2, 5, 0, NULL}),
			 PATTERNS("cache/**"));
	expect(1, VERDICT_LEAKED, NULL);
	assert_int_equal(outcome_page(&out, 1)->judged, JUDGED_PATTERN);
	expect(2, VERDICT_KEPT, NULL);
	assert_null(outcome_page(&out, 3));
}

TEST(temp_roots_and_the_start_directory)
{
	uint32_t other = build_process(b, PROCESS_EXECED, 200, 100, 0, "/bin/o", "/work/tmp");
	build_event(b, .path = "/work/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .process = other, .path = "/work/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/link/c", .inode = 3, .birth_ns = 5);
	judge(FILES({"/work/tmp/a", 1, 5, 0, NULL}, {"/work/tmp/b", 2, 5, 0, NULL}, {"/tmp/real/c", 3, 5, 0, NULL},
		    {"/link", 0, 0, 0, "/tmp/real"}));
	expect(1, VERDICT_KEPT, NULL);
	expect(2, VERDICT_LEAKED, NULL);
	expect(3, VERDICT_LEAKED, "/tmp/real/c");
}

TEST(an_audit_started_below_a_temp_root)
{
	build_free(b);
	b = build_new("/tmp/w");
	build_event(b, .path = "/tmp/w/output", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/page", .inode = 2, .birth_ns = 5);
	judge(FILES({"/tmp/w/output", 1, 5, 0, NULL}, {"/tmp/page", 2, 5, 0, NULL}));
	expect(1, VERDICT_KEPT, NULL);
	expect(2, VERDICT_LEAKED, NULL);
}

TEST(programs_that_never_said_hello)
{
	uint32_t failed = build_exec(b, 1, 100, 99, "/nonexistent/first", 0);
	build_exec_failed(b, failed, 100);
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	uint32_t early = build_process(b, PROCESS_EXECED, 301, 100, 0, "/bin/early", NULL);
	build_exec(b, 1, 301, 100, "/bin/early", EXEC_SPAWNED);
	judge(NULL);
	assert_int_equal(out.report.coverage.unaudited_count, 1);
	assert_int_equal(out.report.coverage.unaudited[0].pid, 300);
	assert_string_equal(out.report.coverage.unaudited[0].reason, "its executable is gone");
	assert_false(out.report.coverage.complete);
	assert_int_equal(out.report.coverage.audited, 2);
	for (size_t i = 0; i < out.journal.process_count; i++)
		if (out.journal.processes[i]->number == early)
			assert_int_equal(out.journal.processes[i]->parent->pid, 100);
}

/* ---- what nobody audited made ---- */

/* The audit begins at 1000 s; records are 1 ms apart. */
#define BORN(ms) (UINT64_C(1000000000000) + (ms)*UINT64_C(1000000))
#define DIR_ROW(name, inode, birth)                                                                                    \
	{                                                                                                              \
		name, inode, birth, 0, NULL, S_IFDIR | 0755, 0, NULL                                                   \
	}

static const struct finding *unattributed(void)
{
	for (size_t i = 0; i < out.report.finding_count; i++)
		if (out.report.findings[i].judged == JUDGED_UNATTRIBUTED)
			return &out.report.findings[i];
	return NULL;
}

TEST(strangers_are_reported_when_somebody_was_not_seen)
{
	build_event(b, .path = "/tmp/known", .inode = 1, .birth_ns = BORN(3));
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 1000000000;
	build_end(b, 0);
	judge(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/known", 1, BORN(3), 0, NULL}, {"/tmp/late", 2, BORN(9000), 0, NULL},
		    {"/tmp/old", 3, BORN(0) - 1, 0, NULL}, {"/tmp/x1", 4, BORN(50), 10, NULL},
		    DIR_ROW("/tmp/x2", 5, BORN(51)), {"/tmp/x2/in", 6, BORN(52), 20, NULL},
		    {"/tmp/other", 7, BORN(52), 20, NULL, 0, 1000, NULL},
		    {"/tmp/journal", 8, BORN(53), 0, NULL, 0, 0, JOURNAL_MAGIC}, {"/tmp/nobirth", 9, 0, 0, NULL}));
	const struct finding *found = unattributed();
	assert_non_null(found);
	assert_int_equal(found->verdict, VERDICT_LEAKED);
	assert_null(found->owner);
	assert_int_equal(found->entries, 3);
	assert_int_equal(found->bytes, 30);
	assert_string_equal(text_shown(out.arena, found->template), "/tmp/x*");
	assert_int_equal(found->stranger->doubt_count, 1);
	assert_int_equal(found->stranger->doubts[0]->process->pid, 300);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].entries, 4);
	assert_null(outcome_page(&out, 2));
	assert_null(outcome_page(&out, 3));
	assert_null(outcome_page(&out, 7));
	assert_null(outcome_page(&out, 8));
	assert_null(outcome_page(&out, 9));
	bool said = false;
	for (size_t i = 0; i < out.report.coverage.limit_count; i++)
		said |= strstr(out.report.coverage.limits[i], "without a birth time") != NULL;
	assert_true(said);
}

TEST(strangers_of_a_complete_audit_are_others)
{
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 1000000000;
	build_end(b, 0);
	judge(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/x1", 4, BORN(50), 10, NULL}));
	assert_true(out.report.coverage.complete);
	assert_int_equal(out.pages.count, 0);
}

TEST(strangers_born_before_the_doubt_are_others)
{
	b->now += 500000000;
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	b->now += 500000000;
	build_end(b, 0);
	judge(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/x1", 4, BORN(400), 10, NULL}, {"/tmp/x2", 5, BORN(600), 10, NULL}));
	assert_null(outcome_page(&out, 4));
	assert_non_null(outcome_page(&out, 5));
}

TEST(strangers_are_pages_by_the_rules)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	b->now += 500000000;
	build_end(b, 0);
	out = outcome_of(b,
			 FILES(DIR_ROW("/tmp", 90, 1), DIR_ROW("/work/cache", 91, 1),
			       {"/tmp/x1", 4, BORN(50), 10, NULL}, {"/work/cache/a", 5, BORN(50), 10, NULL}),
			 PATTERNS("cache/*"));
	assert_null(outcome_page(&out, 4));
	assert_non_null(outcome_page(&out, 5));
}

TEST(an_end_that_is_not_on_record)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	b->now += 100000000;
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 500000000;
	judge(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/x1", 4, BORN(50), 10, NULL}, {"/tmp/x2", 5, BORN(400), 10, NULL}));
	assert_non_null(outcome_page(&out, 4));
	assert_null(outcome_page(&out, 5));
}

/* A tree that never ends is not walked to its end. */
static void list_forever(struct disk *disk, const char *directory, const struct identity *expected, uint64_t since_ns,
			 disk_visit *visit, void *context)
{
	struct disk_entry entry = {.exists = true, .identity = {7, 1, 1}, .mode = S_IFREG | 0600};
	(void)disk, (void)directory, (void)expected, (void)since_ns;
	while (visit(context, "a", &entry))
		;
}

TEST(the_search_is_bounded)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	judge(NULL);
	struct fake_disk disk = fake_disk(FILES(DIR_ROW("/tmp", 90, 1)));
	struct rules rules = {.cwd = "/work"};
	struct unattributed_search survey = {.now_ns = b->now};
	struct coverage *coverage = &out.report.coverage;
	size_t limits = coverage->limit_count;
	disk.disk.list = list_forever;
	unattributed_find(&out.journal, &rules, &disk.disk, &survey, coverage, &out.pages);
	assert_int_equal(coverage->limit_count, limits + 1);
	assert_non_null(strstr(coverage->limits[limits], "ended after"));
}

TEST(a_command_that_left_no_trace)
{
	((struct journal_header *)b->bytes)->creator_pid = 4711;
	build_process(b, PROCESS_EXECED, 4712, 4711, 0, "/bin/child-of-it", NULL);
	judge(NULL);
	assert_int_equal(out.report.coverage.unaudited_count, 1);
	assert_int_equal(out.report.coverage.unaudited[0].pid, 4711);
	assert_false(out.report.coverage.complete);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, build_set_up, build_tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(released_and_leaked),
		ROW(an_inode_taken_again_behind_a_removal_without_a_record),
		ROW(kept_vanished_and_not_the_same_file),
		ROW(a_release_that_the_disk_contradicts),
		ROW(late_after_exit_began),
		ROW(late_after_scope_but_not_after_phase),
		ROW(what_goes_with_a_directory_in_time_is_in_time),
		ROW(what_goes_with_a_late_directory_is_late),
		ROW(a_removal_is_a_run_of_releases),
		ROW(an_ended_scope_tells_more_than_the_exit),
		ROW(a_child_releases_for_its_living_parent),
		ROW(pages_pass_to_the_parent_at_a_clean_end),
		ROW(killed_processes_leave_nothing_to_their_parent),
		ROW(a_killed_process_lives_until_it_was_waited_for),
		ROW(aborted_processes_leave_nothing_to_their_parent),
		ROW(a_handler_of_sigabrt_can_leave_in_order),
		ROW(a_handler_of_sigabrt_can_leave_by_a_system_call),
		ROW(an_orphan_is_not_started_by_the_heir),
		ROW(a_tracker_that_outlives_its_parent),
		ROW(daemon_goes_on_in_the_child),
		ROW(a_daemon_made_by_hand_goes_on_in_the_child),
		ROW(a_worker_is_no_daemon),
		ROW(exec_keeps_ownership),
		ROW(hard_links),
		ROW(adopted_by_rename_and_by_link),
		ROW(rename_over_releases_what_was_there),
		ROW(exchange_swaps_names),
		ROW(renamed_directories_take_pages_along),
		ROW(release_recorded_before_creation),
		ROW(earliest_creation_wins),
		ROW(a_call_that_two_processes_come_out_of),
		ROW(inode_numbers_used_again_without_birth_time),
		ROW(new_entries_of_old_files_are_listed),
		ROW(mixed_sites),
		ROW(one_of_two_is_not_most),
		ROW(what_the_kernel_shows_is_no_page),
		ROW(targets_made_again_are_no_mixed_site),
		ROW(one_name_removed_time_and_again_is_a_mixed_site),
		ROW(one_name_that_other_processes_remove_and_make_again_is_an_output),
		ROW(one_name_that_is_away_for_a_moment_only_is_an_output),
		ROW(names_that_come_and_go_between_processes_say_nothing_of_others),
		ROW(what_other_programs_remove_was_left_by_its_maker),
		ROW(what_other_programs_remove_while_its_maker_runs),
		ROW(what_the_program_removes_that_started_its_maker_is_evidence),
		ROW(what_later_workers_remove_is_evidence),
		ROW(a_name_is_made_again_whatever_the_site),
		ROW(mixed_sites_speak_for_late_pages_too),
		ROW(patterns_are_the_only_pages),
		ROW(temp_roots_and_the_start_directory),
		ROW(an_audit_started_below_a_temp_root),
		ROW(programs_that_never_said_hello),
		ROW(a_command_that_left_no_trace),
		ROW(strangers_are_reported_when_somebody_was_not_seen),
		ROW(strangers_of_a_complete_audit_are_others),
		ROW(strangers_born_before_the_doubt_are_others),
		ROW(strangers_are_pages_by_the_rules),
		ROW(an_end_that_is_not_on_record),
		ROW(the_search_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
