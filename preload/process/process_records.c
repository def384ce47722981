/*
 * process_records.c - writes PROCESS, EXEC, EXEC_FAILED, EXIT and KILLED records.
 *
 * Must not: take a vfork child for its parent.
 */
#include "process/process_records.h"
#include "process/environment.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "process/scope_variables.h"
#include "journal/note.h"
#include "system/raw.h"
#include "journal/scratch.h"
#include "stacks/stacks.h"
#include "system/stack_bounds.h"
#include <string.h>
#include <sys/auxv.h>

#define ARGV_MAX 4096
#define EXEC_ARGV_MAX 512

static size_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = raw_open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	long part;

	if (fd < 0)
		return 0;
	while (got < size && (part = raw_read(fd, buffer + got, size - got)) > 0)
		got += (size_t)part;
	raw_close(fd);
	return got;
}

/* The bytes of as many arguments, with a NUL each, as fit into `room`. */
static size_t argv_measure(char *const argv[], size_t room)
{
	size_t size = 0;

	for (; argv && *argv; argv++) {
		size_t length = strnlen(*argv, room) + 1;
		if (length > room - size)
			break;
		size += length;
	}
	return size;
}

static void argv_copy(char *to, char *const argv[], size_t size)
{
	for (size_t done = 0; done < size; argv++) {
		size_t length = strnlen(*argv, size - done - 1);

		memcpy(to + done, *argv, length);
		to[done + length] = 0;
		done += length + 1;
	}
}

static void process_write(uint32_t number, uint32_t parent, uint32_t kind, uint16_t flags, uint32_t exe,
			  const char *argv, size_t argv_size)
{
	const char *tmpdir = kind == PROCESS_EXECED ? environment_value(environ, "TMPDIR") : NULL;
	uint32_t tmpdir_at = tmpdir && *tmpdir ? intern_once(tmpdir, strlen(tmpdir)) : 0;
	uint32_t scope = kind == PROCESS_EXECED ? scope_variables_begin() : 0;
	struct journal_process *record = journal_begin(RECORD_PROCESS, sizeof *record + argv_size, number);

	if (!record)
		return;
	record->time_ns = journal_now();
	record->pid = (uint32_t)journal_pid();
	record->ppid = journal_pid() == raw_getpid() ? (uint32_t)raw_getppid() : 0;
	record->parent = parent;
	record->kind = kind;
	record->uid = raw_geteuid();
	record->exe = exe;
	record->tmpdir = tmpdir_at;
	record->scope = scope;
	record->argv_size = (uint32_t)argv_size;
	memcpy(record + 1, argv, argv_size);
	journal_commit(record, RECORD_PROCESS, flags);
}

/*
 * Finds the arguments on the main stack, where the kernel put argc, argv[0] ... NULL, then the environment, which
 * `environ` still points to this early. Walks back from there to a word that equals the number of words passed: argc,
 * as no pointer is that small. NULL when the stack does not look like that.
 */
static char **argv_on_stack(void)
{
	enum { ARGUMENTS_MAX = 1 << 20 };
	char **end = environ ? environ - 1 : NULL;

	if (!stack_bounds_is_main(environ) || *end)
		return NULL;
	for (uintptr_t count = 0; count < ARGUMENTS_MAX && stack_bounds_is_main(end - count - 1); count++)
		if ((uintptr_t)end[-1 - (long)count] == count)
			return end - count;
	return NULL;
}

/*
 * The program's name as the kernel was given it, because reading /proc/self/exe takes 15 us, as much as all the rest.
 * NULL when the name may not be the program's: the interpreter of a script gets the name of the script, and has it
 * among its arguments.
 */
static const char *name_given(char **argv)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	if (!argv || !name || *name != '/' || strncmp(name, "/dev/", 5) == 0 || strncmp(name, "/proc/", 6) == 0)
		return NULL;
	for (int i = 1; i < 4 && argv[i - 1] && argv[i]; i++)
		if (strcmp(argv[i], name) == 0)
			return NULL;
	return name;
}

void process_begin_execed(void)
{
	uint32_t number = journal_process_take(raw_getpid());
	struct scratch *scratch = scratch_take();

	if (!number || !scratch)
		return;
	char **argv = argv_on_stack();
	const char *name = name_given(argv);
	long length = name ? (long)strlen(name) : raw_readlink("/proc/self/exe", scratch->path, sizeof scratch->path);
	uint32_t exe = length > 0 ? intern_once(name ? name : scratch->path, (size_t)length) : 0;
	size_t size = argv ? argv_measure(argv, ARGV_MAX) : read_file("/proc/self/cmdline", scratch->text, ARGV_MAX);
	if (argv)
		argv_copy(scratch->text, argv, size);
	process_write(number, 0, PROCESS_EXECED, name ? PROCESS_NAMED : 0, exe, scratch->text, size);
	scratch_release(scratch);
}

/*
 * The pid of the process that this memory belongs to: the parent's in a vfork child, which may be the first to make a
 * record in the memory of a forked child without a number. The caller's where kcmp(2) must not be called.
 */
static pid_t memory_owner(void)
{
	enum { KCMP_VM = 1 }; /* linux/kcmp.h */
	int pid = raw_getpid(), parent = raw_getppid();

	return !raw_is_filtered() && raw_call(SYS_kcmp, pid, parent, KCMP_VM, 0, 0, 0) == 0 ? parent : pid;
}

void process_begin_forked(uint32_t parent)
{
	uint32_t number = journal_process_take(memory_owner());

	if (!number)
		return;
	stacks_forked();
	process_write(number, parent, PROCESS_FORKED, 0, 0, "", 0);
}

/* ---- exec ---- */

struct replacement {
	const char *path;
	char *const *argv, *const *envp;
	uint64_t time_ns;
	pid_t pid, ppid;
	uint16_t flags;
};

static uint32_t exec_write(const struct replacement *it)
{
	size_t path_size = strnlen(it->path, 4096), argv_size = argv_measure(it->argv, EXEC_ARGV_MAX);
	/* For journal_process_nearest: a child between fork and exec does not get a number for this one record. */
	uint32_t user = raw_geteuid();
	struct journal_exec *record = journal_begin(RECORD_EXEC, sizeof *record + path_size + argv_size + sizeof user,
						    journal_process_nearest());

	if (!record)
		return 0;
	record->time_ns = it->time_ns;
	record->pid = (uint32_t)it->pid;
	record->ppid = (uint32_t)it->ppid;
	record->path_size = (uint32_t)path_size;
	memcpy(record + 1, it->path, path_size);
	argv_copy((char *)(record + 1) + path_size, it->argv, argv_size);
	memcpy((char *)(record + 1) + path_size + argv_size, &user, sizeof user);
	record->argv_size = (uint32_t)argv_size;
	uint16_t lost = environment_keeps_audit(it->envp) ? 0 : EXEC_ENVIRONMENT_LOST;
	uint16_t far = lost && !environment_in_reach() ? EXEC_OUT_OF_REACH : 0;
	journal_commit(record, RECORD_EXEC, it->flags | lost | far | EXEC_USER);
	return journal_reference(record);
}

uint32_t process_exec(const char *path, char *const argv[], char *const envp[], bool searched)
{
	struct replacement it = {path, argv, envp, 0, 0, 0, searched ? EXEC_SEARCHED : 0};
	char *const named[] = {(char *)path, NULL};

	if (!journal_is_open() || !path || !environment_readable(named) || !environment_readable(argv) ||
	    !environment_readable(envp))
		return 0; /* the exec will fail with EFAULT */
	it.time_ns = journal_now();
	it.pid = raw_getpid();
	it.ppid = raw_getppid();
	return exec_write(&it);
}

void process_spawned(const char *path, char *const argv[], char *const envp[], bool searched, pid_t child,
		     uint64_t time_ns)
{
	struct replacement it = {path, argv, envp, time_ns, child, 0, EXEC_SPAWNED | (searched ? EXEC_SEARCHED : 0)};

	if (!journal_is_open())
		return;
	it.ppid = raw_getpid();
	exec_write(&it);
}

void process_exec_failed(uint32_t exec)
{
	struct journal_exec_failed *record =
		exec ? journal_begin(RECORD_EXEC_FAILED, sizeof *record, journal_process_nearest()) : NULL;

	if (!record)
		return;
	record->time_ns = journal_now();
	record->exec = exec;
	record->pid = (uint32_t)raw_getpid();
	journal_commit(record, RECORD_EXEC_FAILED, 0);
}

/* ---- children ---- */

void process_killed(pid_t pid, int signal)
{
	struct journal_killed *record = journal_begin(RECORD_KILLED, sizeof *record, journal_process_nearest());

	if (!record)
		return;
	record->time_ns = journal_now();
	record->pid = (uint32_t)pid;
	record->ppid = (uint32_t)raw_getpid();
	record->signal = (uint32_t)signal;
	journal_commit(record, RECORD_KILLED, 0);
}

/* ---- daemons ---- */

void process_session(void)
{
	if (!journal_is_open() || (journal_process_known() && raw_getpid() != journal_pid()))
		return; /* a vfork child, which is about to exec */
	note_commit(note_begin(NOTE_SESSION, NULL));
}

/* ---- exit ---- */

void process_exit(int status, uint32_t how)
{
	if (!journal_process_known() || raw_getpid() != journal_pid())
		return;
	struct journal_exit *record = journal_begin(RECORD_EXIT, sizeof *record, 0);
	if (!record)
		return;
	record->time_ns = journal_now();
	record->status = status;
	record->how = how;
	journal_commit(record, RECORD_EXIT, 0);
}
