/*
 * python_text.h - what CPython keeps as str and as line tables. The objects must be alive: they belong to a frame that runs.
 *
 * Any thread, signal handlers too; nothing is kept.
 */
#ifndef PAGELEAK_PYTHON_TEXT_H
#define PAGELEAK_PYTHON_TEXT_H

#include "stacks/python/python_offsets.h"
#include <stddef.h>

/* A str as UTF-8, the characters that fit into `room` bytes; the number of bytes, without a NUL. 0 when it is not compact. */
size_t python_text_string(const struct python_offsets *at, uintptr_t string, char *to, size_t room);
/* The line of the instruction at byte `offset` of a code object's bytecode; 0 when it has none. */
int python_text_line(const struct python_offsets *at, uintptr_t code, uint32_t offset);

#endif
