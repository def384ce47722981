/*
 * pyoffsets.h - where CPython keeps what: byte offsets for 64-bit release builds, by version.
 *
 * Source: Include/cpython/{pystate,frameobject,code,unicodeobject}.h and Include/internal/pycore_frame.h of each version;
 * from 3.13 on _Py_DebugOffsets (Include/internal/pycore_debug_offsets.h) at _PyRuntime says the same and is preferred.
 * -1: that version has no such field.
 */
#ifndef PAGELEAK_PYOFFSETS_H
#define PAGELEAK_PYOFFSETS_H

struct python_offsets {
	short version; /* 311 for 3.11 */
	/* thread state: the frame, or the cframe that leads to it */
	short thread_frame, thread_cframe, cframe_frame, thread_id;
	/* frame */
	short code, back, last_index, instruction, owner, locals;
	/* code object */
	short argument_count, first_line, local_count, variable_names, kinds, cell_arguments, file, name, qualified_name;
	short line_table, bytecode, first_traceable;
	/* str */
	short ascii_data, compact_data;
};

/* clang-format off */
static const struct python_offsets python_offsets_table[] = {
	{306, 24, -1, -1, 152, 32, 24, 120, -1, -1, 376, 16, 36, 24, 64,  -1, 88,  96, 104,  -1, 112,  -1,  -1, 48, 72},
	{307, 24, -1, -1, 176, 32, 24, 104, -1, -1, 360, 16, 36, 24, 64,  -1, 88,  96, 104,  -1, 112,  -1,  -1, 48, 72},
	{308, 24, -1, -1, 176, 32, 24, 104, -1, -1, 360, 16, 40, 28, 72,  -1, 96, 104, 112,  -1, 120,  -1,  -1, 48, 72},
	{309, 24, -1, -1, 176, 32, 24, 104, -1, -1, 360, 16, 40, 28, 72,  -1, 96, 104, 112,  -1, 120,  -1,  -1, 48, 72},
	{310, 24, -1, -1, 176, 32, 24,  96, -1, -1, 352, 16, 40, 28, 72,  -1, 96, 104, 112,  -1, 120,  -1,  -1, 48, 72},
	{311, -1, 56,  8, 152, 32, 48,  -1, 56, 69,  72, 56, 72, 80, 96, 104, -1, 112, 120, 128, 136, 184, 168, 48, 72},
	{312, -1, 56,  0, 136,  0,  8,  -1, 56, 70,  72, 52, 68, 80, 96, 104, -1, 112, 120, 128, 136, 192, 176, 40, 56},
	{313, 72, -1, -1, 152,  0,  8,  -1, 56, 70,  72, 52, 68, 80, 96, 104, -1, 112, 120, 128, 136, 200, 184, 40, 56},
	{314, 72, -1, -1, 152,  0,  8,  -1, 56, 74,  80, 52, 68, 80, 96, 104, -1, 112, 120, 128, 136, 208, 192, 40, 56},
};
/* clang-format on */

/* Common to all of these: PyObject, tuple, bytes, cell, type, str. */
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
	FRAME_OWNER_NOT_PYTHON = 3, /* and above, 3.12+: entry frames of the C stack */
	CODE_VERSION = 88,          /* 3.12+: co_version in the upper half, never given twice */
	KIND_CELL = 0x40,           /* co_localspluskinds, 3.11+ */
};

/*
 * Index of each wanted field in _Py_DebugOffsets, in 8-byte words: cookie, version, free_threaded; runtime_state (3 words);
 * interpreter_state (13, or 16 in 3.14), thread_state (9), interpreter_frame (6, or 8), code_object.
 */
enum { DEBUG_FREE_THREADED = 2, DEBUG_INTERPRETER = 6 };
static inline int debug_thread_state(int version)
{
	return DEBUG_INTERPRETER + (version >= 314 ? 16 : 13);
}
static inline int debug_frame(int version)
{
	return debug_thread_state(version) + 9;
}
static inline int debug_code(int version)
{
	return debug_frame(version) + (version >= 314 ? 8 : 6);
}

#endif
