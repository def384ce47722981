/*
 * python_offsets.h - offsets of the fields of CPython's structures, in bytes, of 64-bit release builds.
 * python_version.c has them by version.
 *
 * Source: Include/cpython/{pystate,frameobject,code,unicodeobject}.h and Include/internal/pycore_frame.h of each
 * version; from 3.13 on _Py_DebugOffsets (Include/internal/pycore_debug_offsets.h) at _PyRuntime has the same numbers,
 * and is preferred. -1: that version has no such field.
 */
#ifndef PAGELEAK_PYTHON_OFFSETS_H
#define PAGELEAK_PYTHON_OFFSETS_H

#include <stdint.h>

struct python_offsets {
	short version; /* 311 for 3.11 */
	/* thread state: the current frame, or the cframe that leads to it */
	short thread_frame, thread_cframe, cframe_frame, thread_id;
	/* frame */
	short code, back, last_index, instruction, owner, locals;
	/* code object */
	short argument_count, first_line, local_count, variable_names, kinds, cell_arguments, cell_variables;
	short file, name, qualified_name, line_table, bytecode, first_traceable;
	/* str */
	short ascii_data, compact_data;
	/* gc.collecting, an int: in _PyRuntime (3.7, 3.8), then in the interpreter state */
	short collecting;
};

/* The same in all these versions: PyObject, tuple, bytes, cell, type, str. */
enum {
	OBJECT_TYPE = 8,
	TYPE_NAME = 24,
	TUPLE_SIZE = 16,
	TUPLE_ITEMS = 24,
	BYTES_SIZE = 16,
	BYTES_DATA = 32,
	CELL_VALUE = 16,
	STRING_LENGTH = 16,
	STRING_STATE = 32, /* kind in bits 2-4, compact bit 5, ascii bit 6 */
	FRAME_OWNER_GENERATOR = 1,
	FRAME_OWNER_NOT_PYTHON = 3, /* this and above, 3.12+: entry frames of the C stack */
	CODE_VERSION = 88,          /* 3.12+: co_version in the upper half, unique in a process */
	THREAD_INTERPRETER = 16,
	ENABLED_BEFORE_COLLECTING =
		188,      /* gc.enabled, an int, lies that far before gc.collecting: 0 or 1 in a valid structure */
	KIND_CELL = 0x40, /* co_localspluskinds, 3.11+ */
};

/* A field of an object at `base`. */
static inline uintptr_t word(uintptr_t base, int offset)
{
	return *(const uintptr_t *)(base + (uintptr_t)offset);
}

static inline int32_t number(uintptr_t base, int offset)
{
	return *(const int32_t *)(base + (uintptr_t)offset);
}

static inline uint8_t byte(uintptr_t base, int offset)
{
	return *(const uint8_t *)(base + (uintptr_t)offset);
}

#endif
