/*
 * hooks.c - expands hooks.def: a wrapper for each row.
 *
 * A wrapper calls the next definition of its function, hands the result to event.c, and returns it; errno stays as the
 * real call left it. It holds nothing across the real call, so that cancellation, longjmp and signal handlers may leave
 * it at any point.
 *
 * Must not: read a path before the kernel has accepted it, or lock.
 */
#include "hooks/hooks.h"
#include "events/event.h"
#include "hooks/init.h"
#include "journal/journal.h"
#include "process/scope_variables.h"
#include "system/memo.h"
#include "journal/note.h"
#include "process/process_records.h"
#include "stacks/stacks.h"
#include "system/raw.h"
#include "process/journal_access.h"
#include "reporting/report_signal.h"
#include "events/spawn_actions.h"
#include "process/mounts_and_roots.h"
#include "why/why.h"
#include <dlfcn.h>
#include <string.h>

static bool begun, settled, settle_soon;

void hooks_open(void)
{
	/* Sanitizers call hooks before libc has set the environment: then the constructor does this later. */
	if (!environ || __atomic_exchange_n(&begun, true, __ATOMIC_ACQ_REL))
		return;
	init_audit();
}

void hooks_settle(void)
{
	if (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE)) {
		settle_soon = true;
		return;
	}
	if (__atomic_exchange_n(&settled, true, __ATOMIC_ACQ_REL))
		return;
	real_find_all();
	stacks_settle();
}

__attribute__((constructor)) static void start(void)
{
	hooks_open();
	if (settle_soon)
		hooks_settle();
}

/* ---- macros that the rows use ---- */
/* clang-format off */

#define NOTHING (void)0
#define MAKES event_before_made(&call)

/* O_TMPFILE takes a mode, too, and its bits include O_DIRECTORY. */
#define TAKES_MODE(flags) (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE)

#define VARIADIC_MODE(flags)                                                                                           \
	mode_t mode = 0;                                                                                               \
	if (TAKES_MODE(flags)) {                                                                                       \
		va_list list;                                                                                          \
		va_start(list, flags);                                                                                 \
		mode = va_arg(list, mode_t);                                                                           \
		va_end(list);                                                                                          \
	}

#define BEFORE_OPEN(directory, path, flags)                                                                            \
	VARIADIC_MODE(flags)                                                                                           \
	if ((flags) & O_CREAT)                                                                                         \
	event_before_open(&call, directory, path, flags)

#define OPENED(directory, path, flags, fd)                                                                             \
	if ((flags) & O_CREAT)                                                                                         \
	event_opened(&call, directory, path, flags, fd)

/* The flags of open(2) for fopen's mode, as far as they matter here. */
static int fopen_flags(const char *mode)
{
	int flags = 0;

	if (*mode == 'w' || *mode == 'a')
		flags = O_CREAT;
	for (; *mode && *mode != ','; mode++)
		if (*mode == 'x')
			flags |= O_EXCL;
	return flags;
}

#define BEFORE_FOPEN(path, mode)                                                                                       \
	int flags = fopen_flags(mode);                                                                                 \
	if (flags & O_CREAT)                                                                                           \
	event_before_open(&call, AT_FDCWD, path, flags)

#define FOPENED(path, mode, stream)                                                                                    \
	if ((flags & O_CREAT) && path)                                                                                 \
	event_opened(&call, AT_FDCWD, path, flags, fileno(stream))

#define BEFORE_SEMAPHORE(prefix, name, flags)                                                                          \
	char path[NAMED_MAX];                                                                                          \
	mode_t mode = 0;                                                                                               \
	unsigned value = 0;                                                                                            \
	if ((flags) & O_CREAT) {                                                                                       \
		va_list list;                                                                                          \
		va_start(list, flags);                                                                                 \
		mode = va_arg(list, mode_t);                                                                           \
		value = va_arg(list, unsigned);                                                                        \
		va_end(list);                                                                                          \
		event_before_open(&call, AT_FDCWD, event_name(path, prefix, name), flags);                             \
	}

#define BEFORE_QUEUE(prefix, name, flags)                                                                              \
	char path[NAMED_MAX];                                                                                          \
	mode_t mode = 0;                                                                                               \
	struct mq_attr *attributes = NULL;                                                                             \
	call.queue = true;                                                                                             \
	if ((flags) & O_CREAT) {                                                                                       \
		va_list list;                                                                                          \
		va_start(list, flags);                                                                                 \
		mode = va_arg(list, mode_t);                                                                           \
		attributes = va_arg(list, struct mq_attr *);                                                           \
		va_end(list);                                                                                          \
		event_before_open(&call, AT_FDCWD, event_name(path, prefix, name), flags);                             \
	}

#define BEFORE_WAIT(status) int unwanted = 0, *seen = (status) ? (status) : &unwanted

#define WAITED(pid, status)                                                                                            \
	if (WIFSIGNALED(status))                                                                                       \
	process_killed(pid, WTERMSIG(status))

#define BEFORE_WAITID(told)                                                                                            \
	siginfo_t unwanted, *seen = (told) ? (told) : &unwanted;                                                       \
	unwanted.si_pid = unwanted.si_code = 0

#define WAITED_ID(seen)                                                                                                \
	if ((seen)->si_pid > 0 && ((seen)->si_code == CLD_KILLED || (seen)->si_code == CLD_DUMPED))                    \
	process_killed((seen)->si_pid, (seen)->si_status)

static void give_back(uint64_t limit_bytes)
{
	if (journal_process_known() && journal_pid() != raw_getpid())
		return; /* a vfork child limits itself only, and shares its parent's memory */
	if (journal_shrink(limit_bytes))
		note_write(NOTE_JOURNAL_SMALL, NULL);
	memo_shrink();
}

/* struct rlimit and rlimit64 are the same on 64 bits. */
static void address_space_limited(const void *limit)
{
	rlim_t most;

	if (!raw_readable(limit)) /* the call will fail with EFAULT */
		return;
	memcpy(&most, limit, sizeof most);
	if (most != RLIM_INFINITY)
		give_back(most);
}

#define BEFORE_LIMIT(resource, limit, sets)                                                                            \
	if ((resource) == RLIMIT_AS && (sets))                                                                         \
	address_space_limited(limit)

/* Prepares everything before the first signal handler is set: dlsym and dlopen must not be called inside one. */
#define BEFORE_HANDLER(handler)                                                                                        \
	if ((handler) != SIG_DFL && (handler) != SIG_IGN)                                                              \
		hooks_settle();                                                                                        \
	else if ((handler) == SIG_DFL)                                                                                 \
	why_signal()

#define HANDLER_SET(number, result)                                                                                    \
	if ((result) != SIG_ERR)                                                                                       \
	result = report_signal_handler(number, result)

#define HOOK(id, type, name, parameters, arguments, before, success, after)                                            \
	PUBLIC type name parameters                                                                                    \
	{                                                                                                              \
		typeof(real_##name) next = NEXT(name);                                                                 \
		struct call call = {.api = id};                                                                        \
		before;                                                                                                \
		type result = next arguments;                                                                          \
		if (success) {                                                                                         \
			after;                                                                                         \
		}                                                                                                      \
		event_end(&call);                                                                                      \
		return result;                                                                                         \
	}
#define ODD(id, type, name, parameters)
#include "hooks.def"
/* clang-format on */
