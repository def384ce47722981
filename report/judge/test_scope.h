/*
 * test_scope.h - which test a page was made in, and whether that had ended when the page went. Must not ask what makes
 * an entry a page.
 *
 * A scope is a text: the value of PAGELEAK_SCOPE or PYTEST_CURRENT_TEST, or for unittest, which sets neither, what its
 * frames tell, in pytest's form: "test_table.py::TestTable::test_del (call)". What is behind the last " (" is the
 * phase, the rest names the test. A process that was started without one, in a cleared environment, is in the scope
 * that then had whoever started it.
 */
#ifndef PAGELEAK_TEST_SCOPE_H
#define PAGELEAK_TEST_SCOPE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/event_model.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"

/* "test_x (call)" and "test_x (teardown)" are one test: "test_x". */
struct text test_scope_test(struct text scope);
/* "setup", "call", "teardown", or what else stands there; "" none. */
struct text test_scope_phase(struct text scope);

/* The last text made from frames, so that a page is seldom one more. Zeroed at first; as long as the arena. */
struct test_scope_memo {
	const struct script_stack *script;
	struct text type, scope;
};
/*
 * The scope in which `made` made its page; "" none. Of unittest's set-up and tear-down only the class can be told:
 * "test_table.py::TestTable (setup)".
 */
struct text test_scope_of(struct arena *arena, const struct event *made, struct test_scope_memo *memo);

/*
 * Had the scope of `made` ended when `release` took place? `own`: by the process that made it; `ending`: while that was
 * shutting down. What the harness itself lets go of when it is done with a test, and what a fixture made and a
 * fixture's teardown removed, is in time: a fixture may live longer than the test that was first to use it.
 */
bool test_scope_over(struct arena *arena, struct symbols *symbols, const struct event *made,
		     const struct event *release, bool own, bool ending);

#endif
