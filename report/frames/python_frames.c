/*
 * python_frames.c - CPython's row of languages.h: its standard library, its finalizers and the functions of its
 * interpreter, 3.6 to 3.14. Must not ask what became of a page.
 */
#include "format.h"
#include "frames/languages.h"
#include "frames/stack_context.h"
#include <string.h>

/* ---- functions of scripts ---- */

static bool contains(struct text text, const char *part)
{
	return text.size > 0 && memmem(text.at, text.size, part, strlen(part)) != NULL;
}

/* By pip or by the distributor. */
static bool is_installed(struct text file)
{
	return contains(file, "/site-packages/") || contains(file, "/dist-packages/");
}

static bool is_frozen(struct text file)
{
	return text_starts(file, "<frozen");
}

static bool is_library(const struct script_code *code)
{
	return contains(code->file, "/lib/python") || is_installed(code->file) || is_frozen(code->file);
}

/* "<string>" is not: `python -c` and exec() run the program's own code under that name. */
static bool is_standard(const struct script_code *code)
{
	return is_frozen(code->file) || (contains(code->file, "/lib/python") && !is_installed(code->file));
}

/* "<string>" is what the standard library generates, too: the methods of dataclasses and named tuples. */
static bool is_standard_or_generated(const struct script_code *code)
{
	return is_standard(code) || text_starts(code->file, "<string");
}

static bool is_import(const struct script_code *code)
{
	return text_starts(code->file, "<frozen importlib");
}

static bool is_test_case(const struct script_code *code)
{
	return text_ends(code->file, "/unittest/case.py") || text_ends(code->file, "/unittest/async_case.py");
}

/* 3.12 runs comprehensions within their function. */
static bool is_comprehension(struct text name)
{
	return text_is(name, "<listcomp>") || text_is(name, "<setcomp>") || text_is(name, "<dictcomp>");
}

/* Functions have qualified names from 3.11 on. */
static struct text last_part(struct text function)
{
	return language_short_name(&python_language, function);
}

/* ---- pages ---- */

static size_t random_characters(const struct script_stack *made)
{
	const struct script_frame *inner = made->frames;
	if (!made->count || !is_standard_or_generated(inner->code))
		return 0;
	if (text_ends(inner->code->file, "/multiprocessing/synchronize.py"))
		return 8; /* SemLock._make_name: mp- and a name of tempfile's */
	if (!text_ends(inner->code->file, "/tempfile.py"))
		return 0;
	return text_is(inner->code->function, "mkdtemp") || text_is(inner->code->function, "_mkstemp_inner") ? 8 : 0;
}

/* Is the function of that name, of the standard library, on this stack? */
static bool calls(const struct script_stack *stack, const char *function)
{
	for (uint32_t i = 0; i < stack->count; i++)
		if (text_is(stack->frames[i].code->function, function) &&
		    is_standard_or_generated(stack->frames[i].code))
			return true;
	return false;
}

/*
 * NamedTemporaryFile removes the file when it is closed, at the latest when the interpreter ends: only if the
 * interpreter ended in order the program must have said delete=False.
 */
static struct language_cause named_temporary_file(const struct process *last)
{
	if (last->at_once)
		return (struct language_cause){
			CAUSE_KILLED, "os._exit() ends the process and closes no NamedTemporaryFile",
			"leave by sys.exit() or return, or close it before; with delete=False remove it"};
	if (last->ended_cleanly)
		return (struct language_cause){
			CAUSE_NO_FINALIZER,
			"made by NamedTemporaryFile, which with delete=False leaves it to the program",
			"leave out delete=False, or remove it in `finally`"};
	return (struct language_cause){
		CAUSE_UNKNOWN,
		"made by NamedTemporaryFile; no `self` on its stack, so what keeps it from being closed is not known",
		"close it, or use it in a `with` statement"};
}

static struct language_cause ownerless(const struct script_stack *made, const struct process *last,
				       enum verdict verdict)
{
	if (verdict == VERDICT_LATE)
		return (struct language_cause){
			CAUSE_UNKNOWN, "no `self` on its stack that could own it: what held it that long is not known",
			"release it explicitly, as with `with`"};
	if (calls(made, "NamedTemporaryFile"))
		return named_temporary_file(last);
	return (struct language_cause){
		CAUSE_NO_FINALIZER,
		"no `self` on its stack that could own it: only the program's own code could have removed it",
		"use tempfile.TemporaryDirectory or NamedTemporaryFile in a `with` statement, or remove it in "
		"`finally`"};
}

/* ---- releases ---- */

static const char *called_by(const struct script_stack *stack)
{
	const char *by = "explicit";
	for (uint32_t i = 0; i < stack->count; i++) {
		const struct script_frame *frame = &stack->frames[i];
		struct text name = last_part(frame->code->function);
		if (text_ends(frame->code->file, "/tempfile.py") && text_starts(name, "_cleanup"))
			return "TemporaryDirectory"; /* its finalizer; cleanup() itself is an explicit call */
		if (text_ends(frame->code->file, "/weakref.py") && text_is(name, "__call__"))
			by = "weakref.finalize";
		else if (text_is(name, "__del__"))
			return "__del__";
	}
	return by;
}

static bool finalizes(const struct script_stack *release)
{
	return strcmp(called_by(release), "explicit") != 0;
}

static bool at_exit(const struct script_stack *stack)
{
	for (uint32_t i = 0; i < stack->count; i++)
		if (text_ends(stack->frames[i].code->file, "/weakref.py") &&
		    text_is(last_part(stack->frames[i].code->function), "_exitfunc"))
			return true;
	return false;
}

static struct release_way release_way(const struct script_stack *release, unsigned within, bool collected)
{
	struct release_way way = {called_by(release), NULL};
	if (within & WITHIN_ATEXIT || at_exit(release))
		way.trigger = "atexit";
	else if (within & WITHIN_FINALIZATION)
		way.trigger = "finalization";
	else if (collected)
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

/* ---- the interpreter ---- */

static const char *const modules[] = {"python", "libpython", NULL};

/* What a stack runs in, by beginnings of names; compilers put suffixes behind them: ".part.0". */
static const struct symbols_function functions[] = {
	{"Py_Finalize", false, WITHIN_FINALIZATION},
	{"Py_EndInterpreter", false, WITHIN_FINALIZATION},
	{"finalize_interp", false, WITHIN_FINALIZATION},
	{"_Py_Finalize", false, WITHIN_FINALIZATION},
	{"gc_collect_generations", false, WITHIN_COLLECTOR | WITHIN_AUTOMATIC},
	{"gc_collect_main", false, WITHIN_COLLECTOR},
	{"gc_collect_region", false, WITHIN_COLLECTOR},
	{"gc_collect_with_callback", false, WITHIN_COLLECTOR},
	{"gc_collect_young", false, WITHIN_COLLECTOR},
	{"gc_collect_full", false, WITHIN_COLLECTOR},
	{"gc_collect_increment", false, WITHIN_COLLECTOR},
	{"gc_collect", false, WITHIN_COLLECTOR | WITHIN_COLLECT}, /* gc.collect, gc_collect_impl */
	{"_PyGC_Collect", false, WITHIN_COLLECTOR},
	{"PyGC_Collect", false, WITHIN_COLLECTOR | WITHIN_COLLECT},
	{"collect_with_callback", false, WITHIN_COLLECTOR},
	{"collect_generations", false, WITHIN_COLLECTOR | WITHIN_AUTOMATIC},
	{"_Py_RunGC", false, WITHIN_COLLECTOR | WITHIN_AUTOMATIC},
	{"collect", false, WITHIN_COLLECTOR}, /* 3.6 to 3.8, with copies that the compiler made */
	{"_PyObject_GC_", false, WITHIN_ALLOCATION},
	{"PyType_GenericAlloc", false, WITHIN_ALLOCATION},
	{"_PyType_AllocNoTrack", false, WITHIN_ALLOCATION},
	{"_Py_HandlePending", false, WITHIN_ALLOCATION}, /* from 3.12 on collections wait for it */
	{"atexit_callfuncs", false, WITHIN_ATEXIT},
	{"_PyAtExit_Call", false, WITHIN_ATEXIT},
	{"call_py_exitfuncs", false, WITHIN_ATEXIT},
	{"subtype_dealloc", false, WITHIN_DEALLOCATION},
	{"slot_tp_finalize", false, WITHIN_DEALLOCATION},
	{"handle_callback", false, WITHIN_DEALLOCATION},
	{"pymain_run_", false, WITHIN_EVALUATION}, /* a function of the interpreter's own file only */
	{"run_eval_code_obj", false, WITHIN_EVALUATION},
	{"run_mod", false, WITHIN_EVALUATION},
	{"call_function", false, WITHIN_EVALUATION},
	{NULL, false, 0},
};

/* Functions that a native stack goes through wherever Python code runs. */
static const char *const runtime_functions[] = {
	"_PyEval",
	"PyEval_",
	"_PyObject_",
	"PyObject_",
	"_PyFunction_",
	"_PyVectorcall",
	"PyVectorcall_",
	"_PyCFunction_",
	"PyCFunction_",
	"method_vectorcall",
	"cfunction_",
	"cfunction",
	"slot_tp_",
	"slot_",
	"type_call",
	"call_function",
	"function_code_fastcall",
	"object_vacall",
	"vectorcall_",
	"_PyMethodDef_",
	"PyRun_",
	"_PyRun_",
	"pyrun_",
	"run_mod",
	"run_eval_code_obj",
	"Py_RunMain",
	"_Py_RunMain",
	"pymain_",
	"Py_BytesMain",
	"Py_Main",
	"_Py_UnixMain",
	"builtin___build",
	"builtin_exec",
	"PyImport_",
	"_PyImport_",
	"import_",
	"_PyStack_",
	"fast_function",
	"do_call",
	"wrap_init",
	"wrapper_call",
	"_PyCall",
	"_Py_call",
	"call_trampoline",
	"_TAIL_CALL_",
	"method_call",
	"gen_send_ex",
	"gen_iternext",
	"bounded_",
	NULL,
};

static const char *const evaluating_functions[] = {"_PyEval_Eval", "PyEval_Eval", NULL};

static const struct symbols_runtime runtime = {modules, functions};

const struct language python_language = {
	.number = LANGUAGE_PYTHON,
	.name = "Python",
	.is_library = is_library,
	.is_standard = is_standard,
	.is_standard_or_generated = is_standard_or_generated,
	.is_import = is_import,
	.is_test_case = is_test_case,
	.is_part_of_caller = is_comprehension,
	.top_level = "<module>",
	.random_characters = random_characters,
	.finalizes = finalizes,
	.release_way = release_way,
	.ownerless = ownerless,
	.runtime = &runtime,
	.runtime_functions = runtime_functions,
	.evaluating_functions = evaluating_functions,
	.extension_directory = "/lib-dynload/",
	.extension_suffix = ".cpython-",
};
