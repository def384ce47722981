/*
 * python_text.h - reads CPython's str objects and line tables. The objects must be alive, as those are that a running
 * frame refers to. Any thread, any signal handler; errno is kept.
 */
#ifndef PAGELEAK_PYTHON_TEXT_H
#define PAGELEAK_PYTHON_TEXT_H

#include "stacks/python/python_offsets.h"
#include <stddef.h>

/*
 * Puts a str as UTF-8 into `to`, as many characters as fit into `room` bytes. The number of bytes, without a NUL; 0: it
 * is not compact.
 */
size_t python_text_string(const struct python_offsets *at, uintptr_t string, char *to, size_t room);
/* The line of the instruction at byte `offset` of a code object's bytecode; 0 when it has none. */
int python_text_line(const struct python_offsets *at, uintptr_t code, uint32_t offset);

#endif
