/*
 * python_version.c - the layouts of the versions of CPython.
 *
 * Must not: guess. A build of another version or kind is refused.
 */
#include "stacks/python/python_version.h"
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* clang-format off */
static const struct python_offsets known_versions[] = {
	{306, 24, -1, -1, 152, 32, 24, 120, -1, -1, 376, 16, 36, 24, 64,  -1, 88, 80,  96, 104,  -1, 112,  -1,  -1, 48, 72,   -1},
	{307, 24, -1, -1, 176, 32, 24, 104, -1, -1, 360, 16, 36, 24, 64,  -1, 88, 80,  96, 104,  -1, 112,  -1,  -1, 48, 72,  632},
	{308, 24, -1, -1, 176, 32, 24, 104, -1, -1, 360, 16, 40, 28, 72,  -1, 96, 88, 104, 112,  -1, 120,  -1,  -1, 48, 72,  544},
	{309, 24, -1, -1, 176, 32, 24, 104, -1, -1, 360, 16, 40, 28, 72,  -1, 96, 88, 104, 112,  -1, 120,  -1,  -1, 48, 72,  816},
	{310, 24, -1, -1, 176, 32, 24,  96, -1, -1, 352, 16, 40, 28, 72,  -1, 96, 88, 104, 112,  -1, 120,  -1,  -1, 48, 72,  816},
	{311, -1, 56,  8, 152, 32, 48,  -1, 56, 69,  72, 56, 72, 80, 96, 104, -1, -1, 112, 120, 128, 136, 184, 168, 48, 72,  848},
	{312, -1, 56,  0, 136,  0,  8,  -1, 56, 70,  72, 52, 68, 80, 96, 104, -1, -1, 112, 120, 128, 136, 192, 176, 40, 56,  312},
	{313, 72, -1, -1, 152,  0,  8,  -1, 56, 70,  72, 52, 68, 80, 96, 104, -1, -1, 112, 120, 128, 136, 200, 184, 40, 56, 7600},
	{314, 72, -1, -1, 152,  0,  8,  -1, 56, 74,  80, 52, 68, 80, 96, 104, -1, -1, 112, 120, 128, 136, 208, 192, 40, 56,   -1},
};
/* clang-format on */

/*
 * Index of each wanted field in _Py_DebugOffsets, in 8-byte words: cookie, version, free_threaded; runtime_state (3
 * words); interpreter_state (13, or 16 in 3.14), thread_state (9), interpreter_frame (6, or 8), code_object.
 */
enum { DEBUG_FREE_THREADED = 2, DEBUG_INTERPRETER = 6 };
static int debug_thread_state(int version)
{
	return DEBUG_INTERPRETER + (version >= 314 ? 16 : 13);
}
static int debug_frame(int version)
{
	return debug_thread_state(version) + 9;
}
static int debug_code(int version)
{
	return debug_frame(version) + (version >= 314 ? 8 : 6);
}

static int python_version(void)
{
	const unsigned long *packed = dlsym(RTLD_DEFAULT, "Py_Version"); /* 3.11 and later */
	const char *(*version)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "Py_GetVersion");
	int major = 0, minor = 0;

	if (packed) {
		major = (int)(*packed >> 24 & 255);
		minor = (int)(*packed >> 16 & 255);
	} else if (version) {
		const char *text = version();
		for (major = 0; *text >= '0' && *text <= '9'; text++)
			major = major * 10 + *text - '0';
		for (text++; *text >= '0' && *text <= '9'; text++)
			minor = minor * 10 + *text - '0';
	}
	return major * 100 + minor;
}

/* Takes the offsets that the interpreter itself gives, from 3.13 on. False when its frames must not be read. */
static bool debug_offsets_apply(struct python_offsets *at, const char **refused)
{
	const uint64_t *runtime = dlsym(RTLD_DEFAULT, "_PyRuntime");

	if (at->version < 313)
		return true;
	if (!runtime || memcmp(runtime, "xdebugpy", 8))
		return false;
	if (runtime[DEBUG_FREE_THREADED]) {
		*refused = "a free-threaded build";
		return false;
	}
	enum { DEBUG_GC = DEBUG_INTERPRETER + 4, COLLECTING_IN_GC = 200 };
	if (at->collecting >= 0)
		at->collecting = (short)(runtime[DEBUG_GC] + COLLECTING_IN_GC);
	const uint64_t *thread = runtime + debug_thread_state(at->version), *frame = runtime + debug_frame(at->version);
	const uint64_t *code = runtime + debug_code(at->version);
	at->thread_frame = (short)thread[4];
	at->thread_id = (short)thread[5];
	at->back = (short)frame[1];
	at->code = (short)frame[2];
	at->instruction = (short)frame[3];
	at->locals = (short)frame[4];
	at->owner = (short)frame[5];
	at->file = (short)code[1];
	at->name = (short)code[2];
	at->qualified_name = (short)code[3];
	at->line_table = (short)code[4];
	at->first_line = (short)code[5];
	at->argument_count = (short)code[6];
	at->variable_names = (short)code[7];
	at->kinds = (short)code[8];
	at->bytecode = (short)code[9];
	return true;
}

const char *python_version_choose(struct python_offsets *at, uintptr_t *code_type)
{
	const char *refused = NULL;
	int version = python_version();

	if (dlsym(RTLD_DEFAULT, "_Py_RefTotal") || dlsym(RTLD_DEFAULT, "_Py_GetRefTotal") ||
	    dlsym(RTLD_DEFAULT, "PyModule_Create2TraceRefs"))
		return "a debug build";
	for (size_t i = 0; i < sizeof known_versions / sizeof *known_versions; i++)
		if (known_versions[i].version == version)
			*at = known_versions[i];
	if (!at->version)
		return "a version that is not known";
	*code_type = (uintptr_t)dlsym(RTLD_DEFAULT, "PyCode_Type");
	if (!debug_offsets_apply(at, &refused) || !*code_type)
		return refused ? refused : "its layout is not as expected";
	return NULL;
}
