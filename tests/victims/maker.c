/*
 * maker.c - a Python extension module: maker.make(path) creates a file from C, maker.call(function) calls back.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <fcntl.h>
#include <unistd.h>

__attribute__((noinline)) static int maker_creates(const char *path)
{
	int file = open(path, O_CREAT | O_WRONLY, 0600);

	return file < 0 ? -1 : close(file);
}

static PyObject *make(PyObject *self, PyObject *path)
{
	(void)self;
	return PyLong_FromLong(maker_creates(PyUnicode_AsUTF8(path)));
}

static PyObject *call(PyObject *self, PyObject *function)
{
	(void)self;
	return PyObject_CallObject(function, NULL);
}

static PyMethodDef methods[] = {{"make", make, METH_O, NULL}, {"call", call, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "maker", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_maker(void)
{
	return PyModule_Create(&module);
}
