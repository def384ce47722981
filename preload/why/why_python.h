/*
 * why_python.h - functions of CPython's stable API that --why needs. They are used only if all of them were found.
 */
#ifndef PAGELEAK_WHY_PYTHON_H
#define PAGELEAK_WHY_PYTHON_H

#include <stdbool.h>

typedef void object;

struct method { /* PyMethodDef: Include/methodobject.h, the same since 2.x */
	const char *name;
	object *(*call)(object *self, object *arguments);
	int flags;
	const char *doc;
};
enum { METH_NOARGS = 4, FILE_INPUT = 257 };

#define PYTHON_FUNCTIONS(X)                                                                                            \
	X(object *, PyGILState_GetThisThreadState, (void))                                                             \
	X(int, Py_IsInitialized, (void))                                                                               \
	X(object *, PyImport_ImportModule, (const char *))                                                             \
	X(object *, PyImport_GetModuleDict, (void))                                                                    \
	X(object *, PyObject_CallMethod, (object *, const char *, const char *, ...))                                  \
	X(object *, PyCFunction_NewEx, (struct method *, object *, object *))                                          \
	X(object *, Py_BuildValue, (const char *, ...))                                                                \
	X(object *, PyDict_New, (void))                                                                                \
	X(int, PyDict_SetItemString, (object *, const char *, object *))                                               \
	X(object *, PyDict_GetItemString, (object *, const char *))                                                    \
	X(object *, PyModule_GetDict, (object *))                                                                      \
	X(object *, PyEval_GetBuiltins, (void))                                                                        \
	X(object *, Py_CompileString, (const char *, const char *, int))                                               \
	X(object *, PyEval_EvalCode, (object *, object *, object *))                                                   \
	X(char *, PyBytes_AsString, (object *))                                                                        \
	X(long, PyBytes_Size, (object *))                                                                              \
	X(void, PyErr_Clear, (void))

struct why_python {
#define X(type, name, parameters) type(*name) parameters;
	PYTHON_FUNCTIONS(X)
#undef X
	/* Not in all versions: NULL where they are missing. */
	int (*PyGC_Disable)(void);  /* 3.10 */
	object *(*PyInit_gc)(void); /* called before 3.10 only, where it returns a module and not a definition */
	void (*PyErr_SetNone)(object *);
	object **PyExc_ValueError;
	object *(*current_thread)(void); /* _PyThreadState_UncheckedGet; from 3.13 on PyThreadState_GetUnchecked */
	int (*is_finalizing)(void);      /* 3.7 */
	object **finalizing;             /* 3.6: the thread that finalizes the interpreter */
	int (*PySys_AddAuditHook)(int (*)(const char *, object *, void *), void *); /* 3.8 */
	object *(*PyEval_SaveThread)(void);
	void (*PyEval_RestoreThread)(object *);
	void (*PyEval_SetTrace)(void *, object *);
	void (*PyEval_SetProfile)(void *, object *);
	int (*Py_GetRecursionLimit)(void);
	void (*Py_SetRecursionLimit)(int);
};

extern struct why_python why_python;

/*
 * Looks all of them up; calls dlsym. False: there is no interpreter in this process, or none yet. `*refused`: a
 * constant that says why it cannot be asked; NULL when it can.
 */
bool why_python_open(const char **refused);
/* Does this thread hold the lock of the main interpreter? Needs no lock itself. After why_python_open. */
bool why_python_is_ours(void);
/* Is the interpreter being finalized? Needs no lock. After why_python_open. */
bool why_python_is_finalizing(void);

#endif
