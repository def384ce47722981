/*
 * test_scope.h - finds the test in which a page was made, and whether it had ended when the page was released.
 *
 * A scope is a text: the value of PAGELEAK_SCOPE or PYTEST_CURRENT_TEST; for unittest, which sets neither, a text of
 * the same form made from its frames: "test_table.py::TestTable::test_del (call)". Behind the last " (" stands the
 * phase, before it the test. A process that was started without the variable is in the scope that its parent had then.
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
/* The phase: "setup", "call", "teardown" or another word; "" none. */
struct text test_scope_phase(struct text scope);

/* Remembers the last text made from frames, for the next page. Begins as zero; valid as long as the arena. */
struct test_scope_memo {
	const struct script_stack *script;
	struct text type, scope;
};
/*
 * Returns the scope in which `made` made its page; "" none. For unittest's set-up and tear-down it has the class alone:
 * "test_table.py::TestTable (setup)". Made in the arena, or borrowed from the event.
 */
struct text test_scope_of(struct arena *arena, const struct event *made, struct test_scope_memo *memo);

/*
 * Had the scope of `made` ended when `release` happened? `own`: the process that made the page released it; `ending`:
 * while it was shutting down. A page that the harness drops when it is done with a test is in time. So is one that a
 * fixture made and a fixture's teardown removed: a fixture may outlive the test that used it first.
 */
bool test_scope_over(struct arena *arena, struct symbols *symbols, const struct event *made,
		     const struct event *release, bool own, bool ending);

#endif
