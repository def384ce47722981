/*
 * test_cause.c - why pages were still there: what interpreters said and how processes ended, on journals and disks made
 * in memory.
 */
#include "base/text.h"
#include "format.h"
#include "model/event_model.h"
#include "model/report_model.h"
#include "with_outcome.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SAID(text) text, sizeof text /* with the last NUL */

/* Makes one page, of a Table object. */
static uint32_t page(void)
{
	uint32_t python = build_python(b, "/work/app.py", "Table.__init__", 7);
	return build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .script = python, .object = 0x1000);
}

static const struct finding *judged(void)
{
	static const struct fake_file files[] = {{"/tmp/a", 1, 5, 4096, NULL}, {0}};
	out = outcome_grouped(b, files, NULL);
	assert_int_equal(out.report.finding_count, 1);
	return &out.report.findings[0];
}

static void expect(enum cause_kind kind, const char *detail)
{
	const struct finding *finding = judged();
	assert_non_null(finding->cause);
	assert_int_equal(finding->cause->kind, kind);
	assert_string_equal(text_shown(out.arena, finding->cause->detail), detail);
}

TEST(answer_of_the_interpreter)
{
	build_why(b, page(), 0x1000, WHY_REFERENCED, MOMENT_EXIT, SAID("held\0let go\0Table at 0x1000\0global 't'"));
	build_exit(b, 1, 0, EXIT_GONE);
	expect(CAUSE_REFERENCED, "held; and its finalizer did not remove it when the interpreter ended");
	const struct cause *cause = out.report.findings[0].cause;
	assert_string_equal(text_shown(out.arena, cause->advice), "see what Python printed at its end; and let go");
	assert_int_equal(cause->chain_count, 2);
	assert_string_equal(text_shown(out.arena, cause->chain[1]), "global 't'");
	assert_true(out.report.findings[0].object_known && out.report.findings[0].object_alive);
}

TEST(answer_at_the_end_of_the_test_comes_first)
{
	uint32_t made = page();
	build_why(b, made, 0x1000, WHY_UNKNOWN, MOMENT_ASKED, SAID("asked\0 "));
	build_why(b, made, 0x1000, WHY_CYCLE, MOMENT_SCOPE, SAID("test\0 "));
	build_why(b, made, 0x1000, WHY_REFERENCED, MOMENT_EXIT, SAID("exit\0 "));
	expect(CAUSE_CYCLE, "test");
}

TEST(else_the_last_answer_that_knows)
{
	uint32_t made = page();
	build_why(b, made, 0x1000, WHY_CYCLE, MOMENT_ASKED, SAID("asked\0 "));
	build_why(b, made, 0x1000, WHY_REFERENCED, MOMENT_EXIT, SAID("exit\0 "));
	build_why(b, made, 0x1000, WHY_UNKNOWN, MOMENT_GONE, SAID("gone\0 "));
	expect(CAUSE_REFERENCED, "exit");
}

TEST(finalizer_that_raised_outranks_the_end)
{
	uint32_t made = page();
	build_why(b, 0, 0x1000, WHY_FINALIZER_FAILED, MOMENT_RAISED, SAID("ValueError\0mend it\0Table at 0x1000"));
	build_why(b, made, 0x1000, WHY_FINALIZER_FAILED, MOMENT_EXIT, SAID("gone\0 "));
	expect(CAUSE_FINALIZER_FAILED, "ValueError");
}

TEST(finalizer_of_another_object_says_nothing)
{
	build_why(b, 0, 0x1000, WHY_FINALIZER_FAILED, MOMENT_RAISED, SAID("before the page\0 \0Table at 0x1000"));
	uint32_t made = page();
	build_why(b, 0, 0x2000, WHY_FINALIZER_FAILED, MOMENT_RAISED, SAID("other object\0 \0Table at 0x2000"));
	build_why(b, 0, 0x1000, WHY_FINALIZER_FAILED, MOMENT_RAISED, SAID("another type\0 \0Tablecloth at 0x1000"));
	build_why(b, made, 0x1000, WHY_REFERENCED, MOMENT_EXIT, SAID("held\0 "));
	expect(CAUSE_REFERENCED, "held");
}

TEST(no_answer_and_no_note)
{
	page();
	build_exit(b, 1, 0, EXIT_GONE);
	assert_null(judged()->cause);
	assert_false(out.report.findings[0].object_known);
}

TEST(killed_by_a_signal)
{
	page();
	build_end(b, SIGTERM);
	expect(CAUSE_KILLED, "signal 15 (Terminated) ended the process before it could");
}

TEST(became_another_program)
{
	page();
	build_exec(b, 1, 100, 99, "/bin/true", 0);
	build_process(b, PROCESS_EXECED, 100, 99, 0, "/bin/true", NULL);
	build_exit(b, 2, 0, EXIT_GONE);
	expect(CAUSE_KILLED, "the process became another program by exec before it could");
}

TEST(made_by_no_method)
{
	build_note(b, 1, NOTE_ASKED);
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .script = build_python(b, "/work/app.py", "<module>", 7));
	build_exit(b, 1, 0, EXIT_GONE);
	expect(CAUSE_NO_FINALIZER,
	       "no `self` on its stack that could own it: only the program's own code could have removed it");
}

static void named_temporary_file(void)
{
	build_note(b, 1, NOTE_ASKED);
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .script = build_python(b, "/usr/lib/python3.11/tempfile.py", "NamedTemporaryFile", 7));
}

TEST(named_temporary_file_after_the_end)
{
	named_temporary_file();
	build_exit(b, 1, 0, EXIT_GONE);
	expect(CAUSE_NO_FINALIZER, "made by NamedTemporaryFile, which with delete=False leaves it to the program");
}

/* Whether it was made with delete=False is not known before the end. */
TEST(named_temporary_file_of_a_running_program)
{
	named_temporary_file();
	expect(CAUSE_UNKNOWN,
	       "made by NamedTemporaryFile; no `self` on its stack, so what keeps it from being closed is not known");
}

TEST(answers_that_break_a_rule_are_left_out)
{
	uint32_t made = page();
	build_why(b, made, 0x1000, WHY_CYCLE, MOMENT_EXIT, "only one", 9);
	build_why(b, made + 1, 0x1000, WHY_CYCLE, MOMENT_EXIT, SAID("nowhere\0 "));
	build_why(b, made, 0x1000, 999, 77, SAID("of a later version\0 "));
	expect(CAUSE_UNKNOWN, "of a later version");
	assert_int_equal(out.journal.bad, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(answer_of_the_interpreter),
		CASE(answer_at_the_end_of_the_test_comes_first),
		CASE(else_the_last_answer_that_knows),
		CASE(finalizer_that_raised_outranks_the_end),
		CASE(finalizer_of_another_object_says_nothing),
		CASE(no_answer_and_no_note),
		CASE(killed_by_a_signal),
		CASE(became_another_program),
		CASE(made_by_no_method),
		CASE(named_temporary_file_after_the_end),
		CASE(named_temporary_file_of_a_running_program),
		CASE(answers_that_break_a_rule_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
