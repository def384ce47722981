/*
 * python_version.h - recognizes the interpreter in this process. Calls dlsym: not in a hook that another thread's dlopen may be
 * waiting for (FACTS 3.4).
 */
#ifndef PAGELEAK_PYTHON_VERSION_H
#define PAGELEAK_PYTHON_VERSION_H

#include "stacks/python/python_offsets.h"

/*
 * Fills `at` and the address of PyCode_Type. NULL when that worked, else why frames must not be read: a text that lives as
 * long as the library.
 */
const char *python_version_choose(struct python_offsets *at, uintptr_t *code_type);

#endif
