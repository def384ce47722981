/*
 * why_python.c - finds the interpreter's functions.
 *
 * Must not: call them, but those that only return a state.
 */
#include "why/why_python.h"
#include "journal/note.h"
#include "stacks/python/python_version.h"
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

struct why_python why_python;

bool why_python_is_ours(void)
{
	object *mine = why_python.PyGILState_GetThisThreadState();

	return mine && mine == why_python.current_thread();
}

bool why_python_is_finalizing(void)
{
	return why_python.is_finalizing ? why_python.is_finalizing() : why_python.finalizing && *why_python.finalizing;
}

/* Says why the interpreter cannot be asked; NULL: it can. */
static const char *unfit(bool all)
{
	struct python_offsets layout = {0};
	uintptr_t code_type;
	const char *refused = python_version_choose(&layout, &code_type);

	return refused ? refused : all && why_python.current_thread ? NULL : "it lacks functions that are needed";
}

/* Looks up a function that has an older name in older versions. */
static void *either(const char *name, const char *older)
{
	void *found = dlsym(RTLD_DEFAULT, name);

	return found ? found : dlsym(RTLD_DEFAULT, older);
}

#define OPTIONAL(name) *(void **)&why_python.name = dlsym(RTLD_DEFAULT, #name)

static bool find_all(void)
{
	bool all = true;

#define X(type, name, parameters)                                                                                      \
	*(void **)&why_python.name = dlsym(RTLD_DEFAULT, #name);                                                       \
	all = all && why_python.name;
	PYTHON_FUNCTIONS(X)
#undef X
	OPTIONAL(PyGC_Disable);
	OPTIONAL(PyInit_gc);
	OPTIONAL(PyErr_SetNone);
	OPTIONAL(PyExc_ValueError);
	OPTIONAL(PySys_AddAuditHook);
	OPTIONAL(PyEval_SaveThread);
	OPTIONAL(PyEval_RestoreThread);
	OPTIONAL(PyEval_SetTrace);
	OPTIONAL(PyEval_SetProfile);
	OPTIONAL(Py_GetRecursionLimit);
	OPTIONAL(Py_SetRecursionLimit);
	*(void **)&why_python.is_finalizing = either("Py_IsFinalizing", "_Py_IsFinalizing");
	why_python.finalizing = dlsym(RTLD_DEFAULT, "_Py_Finalizing");
	*(void **)&why_python.current_thread = either("PyThreadState_GetUnchecked", "_PyThreadState_UncheckedGet");
	return all;
}

bool why_python_open(const char **refused)
{
	bool found = dlsym(RTLD_DEFAULT, "Py_IsInitialized");

	if (dlsym(RTLD_DEFAULT, "PyPyGILState_Ensure"))
		note_write(NOTE_NOT_ASKED, "PyPy");
	if (found)
		*refused = unfit(find_all());
	dlerror(); /* takes the errors of these lookups away */
	return found;
}
