/*
 * text_stack.c - which frames of a stack are shown, and how. It never changes what the report holds: folding is for the
 * eye, JSON has every frame.
 */
#include "text_stack.h"
#include "python.h"
#include <string.h>

enum { FRAMES_SHOWN = 8, NAME_WIDTH = 30, NAME_MAX_SHOWN = 72 };

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

/* ---- small pieces ---- */

const char *text_bold(const struct text_style *style)
{
	return style->color ? "\033[1m" : "";
}

const char *text_dim(const struct text_style *style)
{
	return style->color ? "\033[2m" : "";
}

const char *text_plain(const struct text_style *style)
{
	return style->color ? "\033[0m" : "";
}

const char *text_path(const struct text_style *style, struct text path)
{
	size_t size = style->cwd.size;
	if (size > 1 && path.size > size + 1 && memcmp(path.at, style->cwd.at, size) == 0 && path.at[size] == '/')
		path = (struct text){path.at + size + 1, path.size - size - 1};
	return text_shown(style->arena, path);
}

const char *text_short(const struct text_style *style, struct text text, size_t size)
{
	if (text.size <= size)
		return text_shown(style->arena, text);
	text.size = size - 3;
	while (text.size > 0 && ((unsigned char)text.at[text.size] & 0xc0) == 0x80)
		text.size--; /* not within a character */
	return arena_format(style->arena, "%s...", text_shown(style->arena, text));
}

/* ---- Python ---- */

static const char *python_place(const struct text_style *style, const struct python_frame *frame, bool brief)
{
	const char *file = brief ? text_shown(style->arena, text_basename(frame->file)) : text_path(style, frame->file);
	if (frame->line > 0)
		return arena_format(style->arena, "%s:%d", file, frame->line);
	return file;
}

static void python_line(const struct text_style *style, const char *label, const struct python_frame *frame,
			const struct python_frame *callee)
{
	fprintf(style->out, "  %-8s %s%-*s%s  %s", label, text_bold(style), NAME_WIDTH,
		text_short(style, frame->function, NAME_MAX_SHOWN), text_plain(style),
		python_place(style, frame, false));
	if (callee)
		fprintf(style->out, "  %s(calls %s, %s)%s", text_dim(style),
			text_short(style, callee->function, NAME_MAX_SHOWN), python_place(style, callee, true),
			text_plain(style));
	fputc('\n', style->out);
}

static void folded_line(const struct text_style *style, const char *label, size_t count, const char *of)
{
	if (count > 0)
		fprintf(style->out, "  %-8s %s... %zu more frame%s%s%s\n", label, text_dim(style), count, count == 1 ? "" : "s", of,
			text_plain(style));
}

/* What of a library it called to get here; not the machinery of an import, but the module that it ran. */
static const struct python_frame *callee_of(const struct python_stack *stack, uint32_t caller)
{
	uint32_t i = caller;
	while (i > 0 && text_starts(stack->frames[i - 1].file, "<frozen importlib"))
		i--;
	return i > 0 ? &stack->frames[i - 1] : caller > 0 ? &stack->frames[caller - 1] : NULL;
}

void text_python(const struct text_style *style, const char *label, const struct python_stack *stack)
{
	uint32_t first = 0, shown = 0;
	if (!stack || stack->count == 0)
		return;
	if (style->all_frames) {
		for (uint32_t i = 0; i < stack->count; i++)
			python_line(style, i ? "" : label, &stack->frames[i], NULL);
		return;
	}
	while (first < stack->count && python_is_library(&stack->frames[first]))
		first++;
	bool user = first < stack->count;
	if (!user)
		first = 0;
	for (uint32_t i = first; i < stack->count && shown < FRAMES_SHOWN; i++) {
		if (user && python_is_library(&stack->frames[i]))
			continue;
		python_line(style, shown ? "" : label, &stack->frames[i], i == first ? callee_of(stack, first) : NULL);
		shown++;
	}
	folded_line(style, "", stack->count - shown, "");
}

/* ---- native ---- */

static bool one_of(struct text function, const char *const *names, size_t count, bool prefix)
{
	for (size_t i = 0; i < count; i++) {
		if (prefix ? text_starts(function, names[i]) : text_is(function, names[i]))
			return true;
	}
	return false;
}
#define ONE_OF(function, names, prefix) one_of(function, names, sizeof(names) / sizeof((names)[0]), prefix)

/*
 * `evaluated`: a frame further in runs Python code. From there on the interpreter's own binary has nothing to tell that
 * the Python stack does not; an extension or an embedding program may.
 */
static bool of_interpreter(const struct frame *frame, bool evaluated)
{
	struct text module = text_basename(frame->module);
	bool own = text_starts(module, "python") || text_starts(module, "libpython");
	if (frame->function.size > 0 && ONE_OF(frame->function, interpreter_functions, true))
		return true;
	return own && (evaluated || frame->function.size == 0);
}

static bool evaluates(const struct frame *frame)
{
	return text_starts(frame->function, "_PyEval_Eval") || text_starts(frame->function, "PyEval_Eval");
}

/* glibc's versioned names: __libc_start_main_impl and the like. */
static bool of_start(const struct frame *frame)
{
	/* What calls main and a thread's function is local to libc, so it has no name where that is stripped. */
	bool nameless = !frame->function.size && text_starts(text_basename(frame->module), "libc.so");
	return nameless || ONE_OF(frame->function, start_functions, false) || text_starts(frame->function, "__libc_start_main");
}

static const char *native_place(const struct text_style *style, const struct frame *frame)
{
	if (frame->file.size > 0 && frame->line > 0)
		return arena_format(style->arena, "%s:%d", text_path(style, frame->file), frame->line);
	if (frame->module.size == 0)
		return arena_format(style->arena, "0x%llx", (unsigned long long)frame->offset);
	return arena_format(style->arena, "%s+0x%llx", text_shown(style->arena, text_basename(frame->module)),
			    (unsigned long long)frame->offset);
}

static void native_line(const struct text_style *style, const char *label, const struct frame *frame)
{
	const char *function = frame->function.size ? text_short(style, frame->function, NAME_MAX_SHOWN) : "?";
	fprintf(style->out, "  %-8s %-*s  %s%s\n", label, NAME_WIDTH, function, native_place(style, frame),
		frame->inlined ? " (inlined)" : "");
}

void text_native(const struct text_style *style, const char *label, const struct frames *frames, bool python)
{
	size_t shown = 0;
	bool evaluated = false;
	for (size_t i = 0; frames && i < frames->count && (style->all_frames || shown < FRAMES_SHOWN); i++) {
		const struct frame *frame = &frames->at[i];
		if (style->all_frames) {
			native_line(style, shown++ ? "" : label, frame);
			continue;
		}
		evaluated = evaluated || evaluates(frame);
		if (of_start(frame) || (python && of_interpreter(frame, evaluated)))
			continue;
		native_line(style, shown ? "" : label, frame);
		shown++;
	}
	if (frames && shown == 0 && python)
		fprintf(style->out, "  %-8s %s%zu frames, all of the interpreter%s\n", label, text_dim(style),
			frames->count, text_plain(style));
	else if (frames)
		folded_line(style, shown ? "" : label, frames->count - shown,
			    python ? ", most of the interpreter" : "");
}
