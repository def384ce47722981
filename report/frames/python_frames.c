/*
 * python_frames.c - reads meaning from the names on a Python stack. Must not ask what became of a page.
 */
#include "frames/python_frames.h"
#include "format.h"
#include <string.h>

static bool contains(struct text text, const char *part)
{
	return text.size > 0 && memmem(text.at, text.size, part, strlen(part)) != NULL;
}

static bool is_installed(struct text file)
{
	return contains(file, "/site-packages/") || contains(file, "/dist-packages/");
}

static bool is_standard_library(struct text file)
{
	return text_starts(file, "<frozen") || text_starts(file, "<string") ||
	       (contains(file, "/lib/python") && !is_installed(file));
}

bool python_is_library(const struct script_frame *frame)
{
	return contains(frame->code->file, "/lib/python") || is_installed(frame->code->file) ||
	       text_starts(frame->code->file, "<frozen");
}

bool python_calls(const struct script_stack *stack, const char *function)
{
	for (uint32_t i = 0; i < stack->count; i++)
		if (text_is(stack->frames[i].code->function, function) &&
		    is_standard_library(stack->frames[i].code->file))
			return true;
	return false;
}

size_t python_random(const struct script_stack *stack)
{
	const struct script_frame *inner = stack->frames;
	if (!stack->count || !is_standard_library(inner->code->file))
		return 0;
	if (text_ends(inner->code->file, "/multiprocessing/synchronize.py"))
		return 8; /* SemLock._make_name: mp- and a name of tempfile's */
	if (!text_ends(inner->code->file, "/tempfile.py"))
		return 0;
	return text_is(inner->code->function, "mkdtemp") || text_is(inner->code->function, "_mkstemp_inner") ? 8 : 0;
}

const struct object *python_owner(const struct event *made)
{
	for (int i = 0; i < made->object_count; i++)
		if (!made->script || made->objects[i].frame >= made->script->count ||
		    !is_standard_library(made->script->frames[made->objects[i].frame].code->file))
			return &made->objects[i];
	return made->object_count ? &made->objects[0] : NULL;
}

bool python_of_unittest(const struct script_frame *frame)
{
	return text_ends(frame->code->file, "/unittest/case.py") ||
	       text_ends(frame->code->file, "/unittest/async_case.py");
}

struct text python_last_part(struct text function)
{
	size_t at = function.size;
	while (at && function.at[at - 1] != '.')
		at--;
	return (struct text){function.at + at, function.size - at};
}

/* ---- releases ---- */

static const char *called_by(const struct script_stack *stack)
{
	const char *by = "explicit";
	for (uint32_t i = 0; i < stack->count; i++) {
		const struct script_frame *frame = &stack->frames[i];
		struct text name = python_last_part(frame->code->function);
		if (text_ends(frame->code->file, "/tempfile.py") && text_starts(name, "_cleanup"))
			return "TemporaryDirectory"; /* its finalizer; cleanup() itself is an explicit call */
		if (text_ends(frame->code->file, "/weakref.py") && text_is(name, "__call__"))
			by = "weakref.finalize";
		else if (text_is(name, "__del__"))
			return "__del__";
	}
	return by;
}

static bool at_exit(const struct script_stack *stack)
{
	for (uint32_t i = 0; i < stack->count; i++)
		if (text_ends(stack->frames[i].code->file, "/weakref.py") &&
		    text_is(python_last_part(stack->frames[i].code->function), "_exitfunc"))
			return true;
	return false;
}

bool python_collected(struct symbols *symbols, const struct event *release)
{
	if (symbols_within(symbols, release->native) & WITHIN_COLLECTOR)
		return true;
	return release->flags & EVENT_COLLECTING && release->script &&
	       strcmp(called_by(release->script), "explicit") != 0;
}

struct release_way python_release(struct symbols *symbols, const struct event *release)
{
	struct release_way way = {NULL, NULL};
	if (!release->script || !release->script->count)
		return way;
	unsigned within = symbols_within(symbols, release->native);
	way.by = called_by(release->script);
	if (within & WITHIN_ATEXIT || at_exit(release->script))
		way.trigger = "atexit";
	else if (within & WITHIN_FINALIZATION)
		way.trigger = "finalization";
	else if (python_collected(symbols, release))
		way.trigger = within & WITHIN_COLLECT                           ? "gc.collect()"
			      : within & (WITHIN_AUTOMATIC | WITHIN_ALLOCATION) ? "automatic collection"
										: "collector";
	else if (within & WITHIN_DEALLOCATION)
		way.trigger = "refcount";
	else if (!strcmp(way.by, "__del__") && within & WITHIN_EVALUATION)
		way.by = "explicit"; /* t.__del__() */
	if (!strcmp(way.by, "explicit") && way.trigger && strcmp(way.trigger, "atexit") && within & WITHIN_DEALLOCATION)
		way.by = "__del__"; /* by another name: __del__ = close */
	return way;
}
