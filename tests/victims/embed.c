/*
 * embed.c - a program with a Python inside. `embed HOW SOURCE` runs the source file:
 *   once        Py_Initialize, run, Py_Finalize
 *   twice       that two times; the second time the source finds `again` to be true
 *   unfinished  exits without Py_Finalize
 *   thread      runs it in a thread of its own, which Python has not made
 *   sub         runs it in a subinterpreter, which is ended before the main one
 * Prints what the source does, and ends with status 0, or 1 when the source raised something.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int run(const char *path, int again)
{
	FILE *file = fopen(path, "r");
	int status;

	PyRun_SimpleString(again ? "again = True" : "again = False");
	status = file ? PyRun_SimpleFileEx(file, path, 1) : 1;
	fflush(stdout);
	return status != 0;
}

static void *in_thread(void *path)
{
	PyGILState_STATE state = PyGILState_Ensure();
	long status = run(path, 0);

	PyGILState_Release(state);
	return (void *)status;
}

static int threaded(char *path)
{
	PyThreadState *mine;
	pthread_t thread;
	void *status;

	Py_Initialize();
	mine = PyEval_SaveThread();
	pthread_create(&thread, NULL, in_thread, path);
	pthread_join(thread, &status);
	PyEval_RestoreThread(mine);
	Py_Finalize();
	return status != NULL;
}

static int in_subinterpreter(const char *path)
{
	PyThreadState *mine, *sub;
	int status;

	Py_Initialize();
	mine = PyThreadState_Get();
	sub = Py_NewInterpreter();
	status = run(path, 0);
	Py_EndInterpreter(sub);
	PyThreadState_Swap(mine);
	Py_Finalize();
	return status;
}

int main(int count, char **arguments)
{
	const char *how = count == 3 ? arguments[1] : "";
	int status = 0;

	if (!strcmp(how, "thread"))
		return threaded(arguments[2]);
	if (!strcmp(how, "sub"))
		return in_subinterpreter(arguments[2]);
	if (strcmp(how, "once") && strcmp(how, "twice") && strcmp(how, "unfinished"))
		return 125;
	for (int i = 0; i < 1 + !strcmp(how, "twice"); i++) {
		Py_Initialize();
		status |= run(arguments[2], i);
		if (strcmp(how, "unfinished"))
			Py_Finalize();
	}
	return status;
}
