/*
 * test_test_scope.c - tests and their phases, and what goes after the test that made it.
 */
#include "format.h"
#include "judge/test_scope.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"

TEST(scope_is_split_into_test_and_phase)
{
	static const struct {
		const char *scope, *test, *phase;
	} rows[] = {
		{"t.py::a (call)", "t.py::a", "call"},
		{"t.py::a[x (y)] (setup)", "t.py::a[x (y)]", "setup"},
		{"t.py::a", "t.py::a", ""},
		{"a(b)", "a(b)", ""},
		{" (x)", "", "x"},
		{")", ")", ""},
		{"(x)", "(x)", ""},
		{"", "", ""},
		{"a ()", "a", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(text_is(test_scope_test(text_of(rows[i].scope)), rows[i].test));
		assert_true(text_is(test_scope_phase(text_of(rows[i].scope)), rows[i].phase));
	}
}

TEST(late_after_the_test_but_not_after_a_phase)
{
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .scope = "t.py::a (call)");
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "t.py::a (teardown)");
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_scope(b, 1, "t.py::b (setup)");
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	judge(NULL);
	expect_page(1, VERDICT_RELEASED, NULL);
	expect_page(2, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 2)->phase, PHASE_AFTER_SCOPE);
}

TEST(end_of_the_test_outranks_the_exit)
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
	expect_page(1, VERDICT_LATE, NULL);
	expect_page(2, VERDICT_LATE, NULL);
	assert_int_equal(outcome_page(&out, 1)->phase, PHASE_AFTER_SCOPE);
	assert_int_equal(outcome_page(&out, 2)->phase, PHASE_EXIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scope_is_split_into_test_and_phase),
		CASE(late_after_the_test_but_not_after_a_phase),
		CASE(end_of_the_test_outranks_the_exit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
