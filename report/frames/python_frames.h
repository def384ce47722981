/*
 * python_frames.h - what a Python stack tells: whose code it is, which object made a page, and how a page was released.
 */
#ifndef PAGELEAK_PYTHON_H
#define PAGELEAK_PYTHON_H

#include "base/text.h"
#include "model/event_model.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"

/* Not the user's own code: the standard library, and what was installed into site-packages. */
bool python_is_library(const struct script_frame *frame);
/* The object whose method made the page: of the innermost frame outside the standard library that has a `self`. NULL none. */
const struct object *python_owner(const struct event *made);
/* A frame of unittest's TestCase. */
bool python_of_unittest(const struct script_frame *frame);
/* "test_del" of "TestTable.test_del" (3.11 and later) and of "test_del". */
struct text python_last_part(struct text function);

/*
 * Was it called by the collector? The stack says so, where functions have names; else that a collection was under way, which may
 * be another thread's: then only for what a finalizer did.
 */
bool python_collected(struct symbols *symbols, const struct event *release);

/* What called a release, and what had that run. Texts as in JSON; NULL: no Python, or not known. */
struct release_way {
	const char *by; /* "explicit", "__del__", "weakref.finalize", "TemporaryDirectory" */
	const char *
		trigger; /* "refcount", "gc.collect()", "automatic collection", "collector", "atexit", "finalization" */
};
struct release_way python_release(struct symbols *symbols, const struct event *release);

/* How many characters of the name that this stack made are tempfile's own choice, as template_masked takes it; 0 none. */
size_t python_random(const struct script_stack *stack);

/* Is the function of that name, of the standard library, on this stack? */
bool python_calls(const struct script_stack *stack, const char *function);

#endif
