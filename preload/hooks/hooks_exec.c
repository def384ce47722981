/*
 * hooks_exec.c - the hooks that put another program into a process: the exec and posix_spawn families, and libc's own shells.
 * What the new image needs to be audited is put back into its environment (environment.h); where that makes it too large for
 * the kernel, it goes as it was.
 *
 * Must not: what hooks.c must not; allocate; touch the program's arrays, or, but for libc's own shells, `environ`, which a
 * vfork child shares.
 */
#include "process/environment.h"
#include "events/event.h"
#include "hooks/hooks.h"
#include "journal/journal.h"
#include "process/process_records.h"
#include "events/spawn_actions.h"
#include <errno.h>
#include <string.h>

/* `envp` becomes what the kernel gets, on the stack of the calling function; `given` is what the program gave. */
#define PUT_BACK(envp)                                                                                                 \
	char *const *given = envp;                                                                                     \
	struct environment environment;                                                                                \
	if (environment_look(&environment, given))                                                                     \
	envp = environment_build(&environment, __builtin_alloca(environment.room))

/* `call` uses `envp`. It returns only when it failed. */
#define REPLACE(call, path, argv, envp, searched)                                                                      \
	uint32_t exec = process_exec(path, argv, envp, searched);                                                      \
	int result = call;                                                                                             \
	process_exec_failed(exec);                                                                                     \
	if (envp != given && errno == E2BIG) {                                                                         \
		envp = given;                                                                                          \
		exec = process_exec(path, argv, envp, searched);                                                       \
		result = call;                                                                                         \
		process_exec_failed(exec);                                                                             \
	}                                                                                                              \
	return result

/* ---- with an environment of the caller's ---- */

PUBLIC int execve(const char *path, char *const argv[], char *const envp[])
{
	PUT_BACK(envp);
	REPLACE(NEXT(execve)(path, argv, envp), path, argv, envp, false);
}

PUBLIC int execvpe(const char *path, char *const argv[], char *const envp[])
{
	PUT_BACK(envp);
	REPLACE(NEXT(execvpe)(path, argv, envp), path, argv, envp, true);
}

PUBLIC int fexecve(int fd, char *const argv[], char *const envp[])
{
	PUT_BACK(envp);
	REPLACE(NEXT(fexecve)(fd, argv, envp), "", argv, envp, false);
}

PUBLIC int execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags)
{
	PUT_BACK(envp);
	REPLACE(NEXT(execveat)(directory, path, argv, envp, flags), path, argv, envp, false);
}

/* ---- with `environ`: another function where it is not what goes to the kernel ---- */

#define EXECV (envp == given ? NEXT(execv)(path, argv) : NEXT(execve)(path, argv, envp))
#define EXECVP (envp == given ? NEXT(execvp)(path, argv) : NEXT(execvpe)(path, argv, envp))

PUBLIC int execv(const char *path, char *const argv[])
{
	char *const *envp = environ;
	PUT_BACK(envp);
	REPLACE(EXECV, path, argv, envp, false);
}

PUBLIC int execvp(const char *path, char *const argv[])
{
	char *const *envp = environ;
	PUT_BACK(envp);
	REPLACE(EXECVP, path, argv, envp, true);
}

/* ---- execl and its kin ---- */

/* Headers promise that it is not NULL; callers do not. */
static char *opaque(const char *argument)
{
	__asm__("" : "+r"(argument));
	return (char *)argument;
}

/* The arguments up to and with the NULL, as an array on the caller's stack. */
#define COLLECT(argv, first)                                                                                           \
	va_list list;                                                                                                  \
	size_t count = 1;                                                                                              \
	char *start = opaque(first);                                                                                   \
	va_start(list, first);                                                                                         \
	while (start && va_arg(list, char *))                                                                          \
		count++;                                                                                               \
	va_end(list);                                                                                                  \
	char *argv[count + 1];                                                                                         \
	argv[0] = start;                                                                                               \
	va_start(list, first);                                                                                         \
	for (size_t i = 1; start && i <= count; i++)                                                                   \
	argv[i] = va_arg(list, char *)

PUBLIC int execl(const char *path, const char *argument, ...)
{
	COLLECT(argv, argument);
	va_end(list);
	char *const *envp = environ;
	PUT_BACK(envp);
	REPLACE(EXECV, path, argv, envp, false);
}

PUBLIC int execlp(const char *path, const char *argument, ...)
{
	COLLECT(argv, argument);
	va_end(list);
	char *const *envp = environ;
	PUT_BACK(envp);
	REPLACE(EXECVP, path, argv, envp, true);
}

PUBLIC int execle(const char *path, const char *argument, ...)
{
	COLLECT(argv, argument);
	char *const *envp = va_arg(list, char *const *);
	va_end(list);
	PUT_BACK(envp);
	REPLACE(NEXT(execve)(path, argv, envp), path, argv, envp, false);
}

/* ---- posix_spawn ---- */

#define SPAWNS(name, searched)                                                                                         \
	PUBLIC int name(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,                       \
			const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])                   \
	{                                                                                                              \
		typeof(real_##name) next = NEXT(name);                                                                 \
		struct call call = {.api = HOOK_##name};                                                               \
		pid_t unknown = 0, *child = pid ? pid : &unknown;                                                      \
		PUT_BACK(envp);                                                                                        \
		event_before_open(&call, AT_FDCWD, "", O_CREAT | O_EXCL);                                              \
		int result = next(child, path, actions, attributes, argv, envp);                                       \
		if (result == E2BIG && envp != given)                                                                  \
			result = next(child, path, actions, attributes, argv, envp = given);                           \
		if (result == 0) {                                                                                     \
			spawn_actions_ran(&call, actions);                                                             \
			process_spawned(path, argv, envp, searched, *child, call.before_ns);                           \
		}                                                                                                      \
		event_end(&call);                                                                                      \
		return result;                                                                                         \
	}
SPAWNS(posix_spawn, false)
SPAWNS(posix_spawnp, true)

/* ---- libc starts a shell by itself, with `environ`, out of reach of the hooks above ---- */

/*
 * `environ` is another array for as long as the call lasts: with what is missing, and else the same strings. The array is
 * static, so that whoever leaves the call by longjmp or cancellation leaves `environ` as good as any. One call at a time has it.
 */
static struct {
	char room[16384] __attribute__((aligned(16)));
	bool taken;
} lent;

static char **lend(char **given)
{
	struct environment environment;

	if (!environment_look(&environment, given) || environment.room > sizeof lent.room ||
	    __atomic_exchange_n(&lent.taken, true, __ATOMIC_ACQUIRE))
		return given;
	return environ = (char **)environment_build(&environment, lent.room);
}

static void take_back(char **given, char **used)
{
	if (used == given)
		return;
	if (environ == used) /* else another thread has set a variable, and an array of its own */
		environ = given;
	__atomic_store_n(&lent.taken, false, __ATOMIC_RELEASE);
}

/* A shell that could not be helped is named. Its pid is libc's secret. */
static void shell_lost(const char *command, uint64_t time_ns)
{
	char *const argv[] = {"sh", "-c", (char *)command, NULL};

	process_spawned("/bin/sh", argv, NULL, false, 0, time_ns);
}

#define STARTS_SHELL(type, name, parameters, arguments, command, started)                                              \
	PUBLIC type name parameters                                                                                    \
	{                                                                                                              \
		typeof(real_##name) next = NEXT(name);                                                                 \
		char **given = environ, **used = lend(given);                                                          \
		/* Asked now: another thread may move the array while the shell runs. */                               \
		bool lost = journal_is_open() && !environment_keeps_audit(used);                                       \
		uint64_t before_ns = lost ? journal_now() : 0;                                                         \
		type result = next arguments;                                                                          \
		if (lost && (started))                                                                                 \
			shell_lost(command, before_ns);                                                                \
		take_back(given, used);                                                                                \
		return result;                                                                                         \
	}
/* clang-format off */
STARTS_SHELL(int, system, (const char *command), (command), command, command && result != -1)
STARTS_SHELL(FILE *, popen, (const char *command, const char *mode), (command, mode), command, result)
STARTS_SHELL(FILE *, _IO_popen, (const char *command, const char *mode), (command, mode), command, result)
STARTS_SHELL(int, wordexp, (const char *words, wordexp_t *expansion, int flags), (words, expansion, flags), words,
	     (strchr(words, '`') || strchr(words, '(')) && !(flags & WRDE_NOCMD))
/* clang-format on */
