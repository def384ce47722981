/*
 * hooks_exec.c - hooks of the functions that start another program: the exec and posix_spawn families, and those in
 * which libc starts a shell. They put the variables that the new image needs back into its environment (environment.h);
 * if that makes it too large for the kernel, the call is repeated with the environment that was given.
 *
 * Must not: what hooks.c must not; allocate; write to the program's arrays, or to `environ`, which a vfork child shares
 * (but where libc starts a shell).
 */
#include "process/environment.h"
#include "events/event.h"
#include "hooks/hooks.h"
#include "journal/journal.h"
#include "process/process_records.h"
#include "events/spawn_actions.h"
#include <errno.h>
#include <string.h>

/*
 * `envp` becomes the environment that the kernel gets, on the stack of the calling function; `given` is the program's.
 */
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

/* ---- with an environment that the caller gives ---- */

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

/* ---- with `environ`; if the kernel gets another environment, by the function that takes one ---- */

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

/* Makes the compiler forget that headers declare the argument not to be NULL: callers pass NULL. */
static char *opaque(const char *argument)
{
	__asm__("" : "+r"(argument));
	return (char *)argument;
}

/* Collects the arguments, with the NULL at the end, in an array on the stack. */
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

/* ---- functions in which libc starts a shell, with `environ` and without calling the hooks above ---- */

/*
 * During such a call `environ` is another array, with the missing variables and the program's own strings. It is
 * static, so that `environ` stays valid when the call is left by longjmp or cancellation. One call at a time uses it.
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
	if (environ == used) /* otherwise another thread has set a variable, which made a new array */
		environ = given;
	__atomic_store_n(&lent.taken, false, __ATOMIC_RELEASE);
}

/* Records a shell whose environment could not be completed. Its pid is not known. */
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
		/* Before the call: another thread may move the array while the shell runs. */                         \
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
