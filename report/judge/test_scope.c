/*
 * test_scope.c - reads tests from variables and frames. Must not ask what makes an entry a page.
 */
#include "judge/test_scope.h"
#include "base/sorted_list.h"
#include "frames/languages.h"
#include "frames/release_way.h"
#include "model/process_model.h"
#include <string.h>

#define GENERATIONS_MAX 256 /* of processes that share a scope */

/* ---- names ---- */

/* The offset of the phase, behind " ("; 0 none. */
static size_t phase_at(struct text scope)
{
	if (!text_ends(scope, ")"))
		return 0;
	size_t at = scope.size;
	while (at && scope.at[at - 1] != '(')
		at--;
	return at >= 2 && scope.at[at - 2] == ' ' ? at : 0;
}

struct text test_scope_test(struct text scope)
{
	size_t at = phase_at(scope);
	return at ? (struct text){scope.at, at - 2} : scope;
}

struct text test_scope_phase(struct text scope)
{
	size_t at = phase_at(scope);
	return at ? (struct text){scope.at + at, scope.size - at - 1} : text_none();
}

static struct text short_name(const struct script_stack *stack, uint32_t frame)
{
	return language_short_name(language_of(stack), stack->frames[frame].code->function);
}

static bool is_frame(const struct script_stack *stack, uint32_t frame, const char *file, const char *function)
{
	return text_ends(stack->frames[frame].code->file, file) && text_is(short_name(stack, frame), function);
}

/* ---- unittest: its tests are told by their frames ---- */

enum level {
	LEVEL_TEST,   /* the test itself */
	LEVEL_AROUND, /* its set-up, tear-down, cleanups */
	LEVEL_CLASS,  /* those of its class or module */
};

struct method {
	const char *name, *phase;
	enum level level;
};

/* Methods that unittest calls beside tests. */
static const struct method methods[] = {
	{"setUp", "setup", LEVEL_AROUND},
	{"asyncSetUp", "setup", LEVEL_AROUND},
	{"tearDown", "teardown", LEVEL_AROUND},
	{"asyncTearDown", "teardown", LEVEL_AROUND},
	{"setUpClass", "setup", LEVEL_CLASS},
	{"setUpModule", "setup", LEVEL_CLASS},
	{"tearDownClass", "teardown", LEVEL_CLASS},
	{"tearDownModule", "teardown", LEVEL_CLASS},
	{NULL, NULL, 0},
};
static const struct method test_method = {"test", "call", LEVEL_TEST},
			   cleanups = {"doCleanups", "teardown", LEVEL_AROUND},
			   class_cleanups = {"doClassCleanups", "teardown", LEVEL_CLASS};

static const struct method *method_named(struct text function)
{
	if (text_starts(function, "test"))
		return &test_method;
	for (const struct method *at = methods; at->name; at++)
		if (text_is(function, at->name))
			return at;
	return NULL;
}

/*
 * Finds the test or set-up that unittest called: the outermost such frame inside of unittest's own; cleanups by those
 * themselves. NULL none.
 */
static const struct method *find_method(const struct script_stack *stack, uint32_t *frame)
{
	const struct language *language = language_of(stack);
	for (uint32_t i = stack->runner; i < stack->count && language_is_test_case(language, stack->frames[i].code);
	     i++) {
		struct text name = short_name(stack, i);
		*frame = i;
		if (text_is(name, "doCleanups"))
			return &cleanups;
		if (text_ends(name, "Cleanups"))
			return &class_cleanups;
	}
	for (uint32_t i = stack->runner; i-- > 0;) {
		const struct method *method = method_named(short_name(stack, i));
		*frame = i;
		if (method)
			return method;
	}
	return NULL;
}

static bool in_unittest(const struct event *event)
{
	return event->script && event->script->runner < event->script->count;
}

static struct text type_at(const struct event *event, uint32_t frame)
{
	for (int i = 0; i < event->object_count; i++)
		if (event->objects[i].frame == frame)
			return event->objects[i].type;
	return text_none();
}

/* The class of a frame's method: its object's type, or from "TestTable.test_del" (Python 3.11 and later); "" none. */
static struct text class_of(const struct event *event, uint32_t frame)
{
	struct text type = type_at(event, frame), function = event->script->frames[frame].code->function,
		    name = short_name(event->script, frame);
	if (type.size || name.size == function.size)
		return type;
	return (struct text){function.at, function.size - name.size - 1};
}

/* The scope by unittest's frames; "" none. Sets `level`, if that is not NULL and there is a scope. */
static struct text told_by_frames(struct arena *arena, const struct event *event, enum level *level)
{
	uint32_t frame;
	const struct method *method = in_unittest(event) ? find_method(event->script, &frame) : NULL;
	if (!method)
		return text_none();
	if (level)
		*level = method->level;
	bool cleanup = method == &cleanups ||
		       method == &class_cleanups; /* that frame is unittest's, the file is the function's */
	const struct script_code *code =
		event->script->frames[cleanup && event->script->runner ? event->script->runner - 1 : frame].code;
	struct text file = text_basename(code->file), type = cleanup ? type_at(event, frame) : class_of(event, frame),
		    name = language_short_name(language_of(event->script), code->function);
	const char *test = method == &test_method ? arena_format(arena, "::%.*s", (int)name.size, name.at) : "";
	return text_of(arena_format(arena, "%.*s%s%.*s%s (%s)", (int)file.size, file.at, type.size ? "::" : "",
				    (int)type.size, type.at, test, method->phase));
}

/* ---- variables ---- */

static size_t changes_until(const struct process *process, uint64_t time_ns)
{
	return COUNT_BEFORE(process->scope_count, i, process->scopes[i].time_ns <= time_ns);
}

static const struct process *above(const struct process *process)
{
	return process->before ? process->before : process->parent;
}

/*
 * The scope by variables; "" none. A process whose environment had none when it was started is in the scope that its
 * parent had then: a test's child is the test's.
 */
static struct text told_by_variables(const struct event *made)
{
	uint64_t time_ns = made->time_ns;
	if (made->scope.size)
		return made->scope;
	const struct process *process = made->process;
	for (int i = 0; process && i < GENERATIONS_MAX; i++) {
		size_t changes = changes_until(process, time_ns);
		if (changes)
			return process->scopes[changes - 1].scope;
		if (process->scope.size)
			return process->scope;
		time_ns = process->started_ns;
		process = above(process);
	}
	return text_none();
}

struct text test_scope_of(struct arena *arena, const struct event *made, struct test_scope_memo *memo)
{
	if (made->scope.size)
		return made->scope;
	struct text type = made->object_count ? made->objects[made->object_count - 1].type : text_none();
	if (in_unittest(made) && (memo->script != made->script || !text_equal(memo->type, type)))
		*memo = (struct test_scope_memo){made->script, type, told_by_frames(arena, made, NULL)};
	return in_unittest(made) && memo->scope.size ? memo->scope : told_by_variables(made);
}

/* ---- the harness lets go ---- */

/*
 * The frame whose code dropped the last reference to the object that released the page; NULL: an explicit call or the
 * collector removed it.
 */
static const struct script_frame *dropped_in(struct symbols *symbols, const struct event *release)
{
	const struct script_stack *stack = release->script;
	const struct script_frame *frame = NULL;
	if (!stack || release_way_is_collected(symbols, release))
		return NULL;
	for (uint32_t i = 0; i + 1 < stack->count; i++)
		if (text_is(short_name(stack, i), "__del__") || is_frame(stack, i, "/weakref.py", "__call__"))
			frame = &stack->frames[i + 1];
	return frame;
}

static bool dropped_by_pytest(struct symbols *symbols, const struct event *release)
{
	const struct script_frame *frame = dropped_in(symbols, release);
	return frame && is_frame(release->script, (uint32_t)(frame - release->script->frames), "/_pytest/runner.py",
				 "runtestprotocol");
}

static bool dropped_by_unittest(struct symbols *symbols, const struct event *release)
{
	const struct script_frame *frame = dropped_in(symbols, release);
	return frame && text_ends(frame->code->file, "/unittest/suite.py");
}

static bool passes(const struct script_stack *stack, const char *file, const char *function)
{
	for (uint32_t i = 0; stack && i < stack->count; i++)
		if (is_frame(stack, i, file, function))
			return true;
	return false;
}

/*
 * Did a fixture of pytest make the page (its set-up, also of classes and modules), and a fixture's teardown remove it?
 */
static bool kept_by_fixture(struct symbols *symbols, const struct event *made, const struct event *release)
{
	return passes(made->script, "/_pytest/fixtures.py", "pytest_fixture_setup") &&
	       (passes(release->script, "/_pytest/fixtures.py", "finish") || dropped_by_pytest(symbols, release));
}

/* ---- ends ---- */

enum over { NOT_OVER, OVER_ALONE, OVER }; /* OVER_ALONE: the test has ended, and no other begun */

static enum over over_in(const struct process *process, struct text test, const struct event *made, uint64_t time_ns)
{
	enum over over = NOT_OVER;
	for (size_t k = changes_until(process, made->time_ns); k < process->scope_count; k++) {
		struct text scope = process->scopes[k].scope;
		if (process->scopes[k].time_ns >= time_ns)
			break;
		if (scope.size && !text_equal(test_scope_test(scope), test))
			return OVER;
		if (!scope.size)
			over = OVER_ALONE;
	}
	return over;
}

/*
 * Had the test ended by the variables? If the release itself happened in that test, variables of processes above do not
 * end it: a runner sets its variable to start one test, and changes it for the next.
 */
static enum over told_over(const struct event *made, struct text test, const struct event *release)
{
	const struct process *process = made->process;
	bool within = text_equal(test_scope_test(told_by_variables(release)), test);
	enum over most = NOT_OVER;
	for (int i = 0; process && i < (within ? 1 : GENERATIONS_MAX) && most != OVER; i++) {
		enum over over = over_in(process, test, made, release->time_ns);
		most = over > most ? over : most;
		process = above(process);
	}
	return most;
}

/* Was the page of a unittest method released too late: by the same thread, outside any test or in another one? */
static bool method_over(struct arena *arena, struct symbols *symbols, const struct event *made,
			const struct event *release, bool ending)
{
	enum level level, other_level = LEVEL_AROUND;
	if (!in_unittest(made) || (ending && in_unittest(release)))
		return false; /* the second: its tests run in an exit handler */
	struct text test = told_by_frames(arena, made, &level);
	if (!test.size || ending)
		return ending && test.size;
	if (level != LEVEL_TEST || made->tid != release->tid)
		return false;
	if (!in_unittest(release))
		return !dropped_by_unittest(symbols, release);
	struct text other = told_by_frames(arena, release, &other_level);
	return other_level == LEVEL_CLASS || (other_level == LEVEL_TEST && !text_equal(test, other));
}

bool test_scope_over(struct arena *arena, struct symbols *symbols, const struct event *made,
		     const struct event *release, bool own, bool ending)
{
	if (!made->scope.size && in_unittest(made))
		return own && method_over(arena, symbols, made, release, ending);
	struct text scope = told_by_variables(made);
	enum over over = scope.size ? told_over(made, test_scope_test(scope), release) : NOT_OVER;
	if (over == NOT_OVER || (over == OVER_ALONE && dropped_by_pytest(symbols, release)))
		return false;
	return !kept_by_fixture(symbols, made, release);
}
