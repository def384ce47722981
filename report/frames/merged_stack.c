/*
 * merged_stack.c - which native frames are the interpreter's, and one stack out of two. Presentation: what the report holds stays apart.
 */
#include "frames/merged_stack.h"
#include "frames/python_frames.h"
#include <string.h>

/* Functions that a native stack goes through wherever Python code runs; a prefix each. */
static const char *const interpreter_functions[] = {
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
};

/* Where every thread and program starts. */
static const char *const start_functions[] = {
	"__libc_start_main",
	"__libc_start_call_main",
	"_start",
	"start_thread",
	"clone3",
	"__clone3",
	"__clone",
	"clone",
	"__GI___clone",
};

static bool one_of(struct text function, const char *const *names, size_t count, bool prefix)
{
	for (size_t i = 0; i < count; i++) {
		if (prefix ? text_starts(function, names[i]) : text_is(function, names[i]))
			return true;
	}
	return false;
}
#define ONE_OF(function, names, prefix) one_of(function, names, sizeof(names) / sizeof((names)[0]), prefix)

bool frame_of_interpreter(const struct frame *frame, bool evaluated)
{
	struct text module = text_basename(frame->module);
	bool own = text_starts(module, "python") || text_starts(module, "libpython");
	if (frame->function.size > 0 && ONE_OF(frame->function, interpreter_functions, true))
		return true;
	return own && (evaluated || frame->function.size == 0);
}

bool frame_evaluates(const struct frame *frame)
{
	return text_starts(frame->function, "_PyEval_Eval") || text_starts(frame->function, "PyEval_Eval");
}

/* glibc's versioned names: __libc_start_main_impl and the like. */
bool frame_of_start(const struct frame *frame)
{
	/* What calls main and a thread's function is local to libc, so it has no name where that is stripped. */
	bool nameless = !frame->function.size && text_starts(text_basename(frame->module), "libc.so");
	return nameless || ONE_OF(frame->function, start_functions, false) ||
	       text_starts(frame->function, "__libc_start_main");
}

/* ---- two stacks as one ---- */

static void push_native(struct merged *out, const struct frame *frame)
{
	out->at[out->count++] = (struct merged_frame){.function = frame->function,
						      .file = frame->file,
						      .line = frame->line,
						      .module = frame->module,
						      .build_id = frame->build_id,
						      .offset = frame->offset,
						      .inlined = frame->inlined};
}

static void push_python(struct merged *out, const struct script_frame *frame)
{
	out->at[out->count++] = (struct merged_frame){
		.function = frame->code->function, .file = frame->code->file, .line = frame->line, .script = true};
}

struct merged merge_stacks(struct arena *arena, const struct script_stack *python, const struct frames *native)
{
	size_t count = native ? native->count : 0, first = count, last = count;
	uint32_t frames = python ? python->count : 0;
	struct merged out = {arena_take(arena, (count + frames + 1) * sizeof *out.at), 0};
	bool evaluated = false;
	for (size_t i = 0; frames && i < count; i++) {
		evaluated = evaluated || frame_evaluates(&native->at[i]);
		if (!frame_of_interpreter(&native->at[i], evaluated))
			continue;
		if (first == count)
			first = i;
		last = i;
	}
	for (size_t i = 0; i < first; i++)
		if (!frame_of_start(&native->at[i]))
			push_native(&out, &native->at[i]);
	for (uint32_t i = 0; i < frames; i++)
		push_python(&out, &python->frames[i]);
	for (size_t i = last + 1; i < count; i++)
		if (!frame_of_start(&native->at[i]))
			push_native(&out, &native->at[i]);
	return out;
}
