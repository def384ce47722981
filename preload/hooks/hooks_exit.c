/*
 * hooks_exit.c - hooks of what ends a process: the exit family, abort, and the profile that libc writes then.
 *
 * Must not: what hooks.c must not; return from a function that does not.
 */
#include "hooks/hooks.h"
#include "events/event.h"
#include "process/environment.h"
#include "process/process_records.h"
#include "reporting/reporter.h"
#include "system/raw.h"
#include "why/why.h"
#include <string.h>

#define ENDS(name, how)                                                                                                \
	PUBLIC __attribute__((noreturn)) void name(int status)                                                         \
	{                                                                                                              \
		if (how == EXIT_AT_ONCE)                                                                               \
			why_gone();                                                                                    \
		process_exit(status, how);                                                                             \
		if (how == EXIT_AT_ONCE)                                                                               \
			reporter_end();                                                                                \
		NEXT(name)(status);                                                                                    \
		__builtin_trap();                                                                                      \
	}
ENDS(exit, EXIT_BEGUN)
ENDS(_exit, EXIT_AT_ONCE)
ENDS(_Exit, EXIT_AT_ONCE)
ENDS(quick_exit, EXIT_QUICK)

PUBLIC __attribute__((noreturn)) void abort(void)
{
	process_exit(-1, EXIT_ABORT);
	NEXT(abort)();
	__builtin_trap();
}

/* ---- gmon.out, which libc writes as the process ends ---- */

/* The name as glibc's gmon/gmon.c composes it. */
static void profile_name(char *to, size_t room)
{
	const char *prefix = environment_value(environ, "GMON_OUT_PREFIX");

	if (!prefix || (size_t)snprintf(to, room, "%s.%u", prefix, (unsigned)raw_getpid()) >= room)
		memcpy(to, "gmon.out", 9);
}

PUBLIC void _mcleanup(void)
{
	struct call call = {.api = HOOK__mcleanup};
	char path[512];

	profile_name(path, sizeof path);
	event_before_open(&call, AT_FDCWD, path, O_CREAT);
	NEXT(_mcleanup)();
	event_perhaps_made(&call, AT_FDCWD, path);
	event_end(&call);
}
