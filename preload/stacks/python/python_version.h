/*
 * python_version.h - recognizes the version and build of the CPython in this process. Calls dlsym, which waits for a
 * dlopen in another thread: not in a hook that such a dlopen may be waiting for.
 */
#ifndef PAGELEAK_PYTHON_VERSION_H
#define PAGELEAK_PYTHON_VERSION_H

#include "stacks/python/python_offsets.h"

/*
 * Fills `at` and the address of PyCode_Type. NULL when that worked, otherwise a constant that says why frames must not
 * be read.
 */
const char *python_version_choose(struct python_offsets *at, uintptr_t *code_type);

#endif
