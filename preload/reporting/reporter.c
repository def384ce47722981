/*
 * reporter.c - starts the command by a clone that shares memory, as vfork does, and an exec.
 *
 * Must not: let a signal handler of the program run in the clone, touch errno or anything else that the clone does not
 * own, or use a descriptor of the program.
 */
#include "reporting/reporter.h"
#include "process/environment.h"
#include "journal/journal.h"
#include "journal/shared_words.h"
#include "system/settings.h"
#include "system/raw.h"
#include "system/valgrind.h"
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#define STANDARD 3
#define COMMANDS 2
#define ENTRIES 5
#define MISSING 127 /* exit status of `pageleak preloaded`; here also: it could not be started */
/* The command's first variable, so that the library obeys it if /etc/ld.so.preload loads it into the command, too. */
#define ALONE "PAGELEAK=off"

struct file_id {
	uint64_t device, inode; /* inode 0: not open, or /dev/null */
};

static struct file_id standard[STANDARD], root;
static bool known; /* `standard` and `root` are set */

struct start {
	const char *commands[COMMANDS]; /* paths of the command, tried in this order; NULL none */
	const char *moment;             /* its argument */
	pid_t pid;                      /* of this process */
	const char *environment[ENTRIES];
	pid_t sender; /* process that asked for the report; 0: none did, and the command is waited for */
	char *answer; /* gets its standard output, NUL-terminated; NULL: the standard output stays */
	size_t room;  /* bytes of `answer` */
	int output;   /* becomes its standard output; -1 none */
	/* Results. Volatile, as the clones that write them never return: a compiler would take them for unchanged. */
	volatile bool within;   /* `sender` is of the audited tree */
	volatile bool answered; /* `answer` is complete */
	/* Exit status of the command, -1 when a signal ended it. With a sender 0: it was started, or need not be. */
	volatile int status;
};

/* ---- descriptors ---- */

static struct file_id file_id_at(int directory, const char *path)
{
	struct statx status;
	bool dev_null;

	if (raw_statx(directory, path, *path ? 0 : AT_EMPTY_PATH, STATX_INO | STATX_TYPE, &status))
		return (struct file_id){0, 0};
	dev_null = S_ISCHR(status.stx_mode) && status.stx_rdev_major == 1 && status.stx_rdev_minor == 3;
	return (struct file_id){makedev(status.stx_dev_major, status.stx_dev_minor), dev_null ? 0 : status.stx_ino};
}

void reporter_open(void)
{
	if (!options.signal && !options.audit)
		return;
	for (int fd = 1; fd < STANDARD; fd++)
		standard[fd] = file_id_at(fd, "");
	root = file_id_at(AT_FDCWD, "/");
	known = true;
}

static bool same_file(struct file_id a, struct file_id b)
{
	return a.inode == b.inode && a.device == b.device;
}

/* Has the process its first root directory? After chroot(2) the command's path may name a program of somebody else. */
static bool at_same_root(void)
{
	return same_file(root, file_id_at(AT_FDCWD, "/"));
}

/* Closes standard descriptors that refer to another file by now. Returns whether standard error stays. */
static bool keep_standard(void)
{
	bool speaks = true;

	for (int fd = 1; known && fd < STANDARD; fd++) {
		struct file_id now = file_id_at(fd, "");

		if (now.inode && same_file(now, standard[fd]))
			continue;
		raw_close(fd);
		speaks = speaks && fd != 2;
	}
	return speaks;
}

static void close_others(void)
{
	enum { SYS_CLOSE_RANGE = 436, MOST = 65536 }; /* before Linux 5.9 there is none */

	if (!raw_is_filtered() && raw_call(SYS_CLOSE_RANGE, STANDARD, ~0u, 0, 0, 0, 0) == 0)
		return;
	for (int fd = STANDARD; fd < MOST; fd++)
		raw_close(fd);
}

/*
 * ---- in the clone, which has its own descriptors and signal actions, and the memory of this process, whose thread
 * waits ----
 */

static inline __attribute__((always_inline)) long clone_vfork(void)
{
	return raw_call(SYS_clone, CLONE_VM | CLONE_VFORK, 0, 0, 0, 0, 0);
}

static __attribute__((noreturn)) void leave(int status)
{
	for (;;)
		raw_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static char *put_hex(char *to, uint64_t number)
{
	int digits = 1;

	while (digits < 16 && number >> 4 * digits)
		digits++;
	while (digits--)
		*to++ = "0123456789abcdef"[number >> 4 * digits & 15];
	*to++ = ':';
	*to = 0;
	return to;
}

static __attribute__((noinline, noreturn)) void become(const struct start *it)
{
	char pid[24], lost[48];
	const char *argv[] = {"pageleak", "preloaded", it->moment, pid, NULL, NULL};

	put_hex(pid, (uint64_t)it->pid);
	if (!keep_standard()) { /* the command may find the file of standard error by its number */
		put_hex(put_hex(lost, standard[2].device), standard[2].inode);
		argv[4] = lost;
	}
	if (it->output >= 0) {
		long above = raw_call(SYS_fcntl, it->output, F_DUPFD, STANDARD, 0, 0, 0);
		raw_call(SYS_dup3, above, 1, 0, 0, 0, 0);
	}
	close_others();
	for (int i = 0; i < COMMANDS && it->commands[i]; i++)
		raw_call(SYS_execve, (long)it->commands[i], (long)argv, (long)it->environment, 0, 0, 0);
	leave(MISSING);
}

/* The parent's pid, by /proc/PID/stat; 0 when that cannot be read. */
static pid_t parent_of(pid_t pid)
{
	char name[32] = "/proc/", text[256], digits[12];
	size_t count = 0, used = strlen(name);
	pid_t parent = 0;

	for (; pid > 0; pid /= 10)
		digits[count++] = (char)('0' + pid % 10);
	while (count)
		name[used++] = digits[--count];
	memcpy(name + used, "/stat", sizeof "/stat");
	int fd = raw_open(name, O_RDONLY | O_CLOEXEC);
	long size = fd < 0 ? 0 : raw_read(fd, text, sizeof text - 1);
	if (fd >= 0)
		raw_close(fd);
	text[size > 0 ? size : 0] = 0;
	const char *at = strrchr(text, ')'); /* behind the name, which may hold any character; then " S ", the state */
	if (!at || strnlen(at, 5) < 5)
		return 0;
	for (at += 4; *at >= '0' && *at <= '9'; at++)
		parent = parent * 10 + (*at - '0');
	return parent;
}

/* Is process `pid` of the audited tree? The `pageleak run` that passes signals of others on is not. */
static bool is_within(pid_t pid)
{
	enum { GENERATIONS = 256 };

	if (pid == options.parent)
		return false;
	for (int i = 0; pid > 1 && i < GENERATIONS; i++, pid = parent_of(pid))
		if (pid == shared_creator_pid())
			return true;
	return false;
}

static __attribute__((noinline, noreturn)) void in_between(struct start *it)
{
	it->within = is_within(it->sender);
	long pid = it->within ? 1 : clone_vfork();
	if (pid == 0)
		become(it);
	it->status = pid < 0 ? MISSING : 0;
	leave(0);
}

/*
 * Waits. Returns the exit status; -1 when a signal ended the process, or another thread has waited for it. All signals
 * are blocked.
 */
static int wait_for(long pid)
{
	int status = -1;

	while (raw_call(SYS_wait4, pid, (long)&status, __WALL, 0, 0, 0) == -EINTR)
		;
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Reads the command's output up to its end. False when it is empty or does not fit. */
static bool read_answer(int fd, char *to, size_t room)
{
	size_t used = 0;
	long got;

	while (used < room && (got = raw_read(fd, to + used, room - used)) > 0)
		used += (size_t)got;
	if (used < room)
		to[used] = 0;
	return used && used < room;
}

/*
 * Runs in the clone: starts the command as a child of its own, and waits for it. exec sets a process's exit signal to
 * SIGCHLD, so the command must not be a child of the program. The descriptors of the program are not touched, as the
 * clone has copies.
 */
static __attribute__((noinline, noreturn)) void look_after(struct start *it)
{
	/*
	 * The kernel's struct sigaction of the default action: a process that ignores SIGCHLD has no children to wait
	 * for.
	 */
	static const uint64_t usual[4];
	int ends[2] = {-1, -1};

	raw_call(SYS_rt_sigaction, SIGCHLD, (long)usual, 0, 8, 0, 0);
	if (it->answer && raw_call(SYS_pipe2, (long)ends, O_CLOEXEC, 0, 0, 0, 0))
		leave(0);
	it->output = ends[1];
	long pid = clone_vfork();
	if (pid == 0)
		become(it);
	if (it->answer)
		raw_close(ends[1]);
	if (pid > 0 && it->answer)
		it->answered = read_answer(ends[0], it->answer, it->room);
	if (pid > 0)
		it->status = wait_for(pid);
	leave(0);
}

/* ---- in this process ---- */

static uint64_t block_signals(void)
{
	uint64_t all = ~UINT64_C(0), before = 0;

	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, 8, 0, 0);
	return before;
}

static void restore_signals(uint64_t mask)
{
	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, 8, 0, 0);
}

static __attribute__((noinline)) long run(struct start *it)
{
	long pid = clone_vfork();

	if (pid == 0) {
		if (it->sender)
			in_between(it);
		look_after(it);
	}
	return pid;
}

static void start(struct start *it)
{
	uint64_t mask = block_signals();
	long pid = run(it);

	if (pid > 0)
		wait_for(pid);
	restore_signals(mask);
}

static void start_report(struct start *it)
{
	if (at_same_root())
		start(it);
	if (it->status == MISSING)
		journal_count(COUNTER_REPORT_NOT_STARTED, 1);
}

bool reporter_start(pid_t sender)
{
	struct start it = {.commands = {options.command},
			   .moment = "signal",
			   .pid = raw_getpid(),
			   .environment = {ALONE, environment_settings()},
			   .sender = sender ? sender : 1,
			   .output = -1,
			   .status = MISSING};

	start_report(&it);
	return !it.within;
}

/* Is this a daemon: the process that began the audit is gone, and its parent is init or in another session? */
static bool is_left_alone(void)
{
	pid_t parent = raw_getppid();
	bool gone = raw_call(SYS_kill, options.audit, 0, 0, 0, 0, 0) == -ESRCH;

	return gone &&
	       (parent == 1 || raw_call(SYS_getsid, parent, 0, 0, 0, 0, 0) != raw_call(SYS_getsid, 0, 0, 0, 0, 0, 0));
}

/* Waits for the report that another thread has started: the process must not end before. */
static void wait_until(const bool *done)
{
	const struct timespec a_while = {0, 1000000};

	while (!__atomic_load_n(done, __ATOMIC_ACQUIRE))
		raw_call(SYS_nanosleep, (long)&a_while, 0, 0, 0, 0, 0);
}

void reporter_end(void)
{
	static pid_t ended;
	static bool reported;
	pid_t pid;

	if (!options.audit || !journal_is_open() || !journal_process_known())
		return;
	pid = raw_getpid();
	if (pid != journal_pid() || (pid != options.audit && !is_left_alone()))
		return;
	if (__atomic_exchange_n(&ended, pid, __ATOMIC_ACQ_REL) == pid) {
		wait_until(&reported);
		return;
	}
	__atomic_store_n(&reported, false, __ATOMIC_RELEASE);
	struct start it = {.commands = {options.command},
			   .moment = "end",
			   .pid = pid,
			   .environment = {ALONE, environment_settings()},
			   .output = -1,
			   .status = MISSING};
	start_report(&it);
	__atomic_store_n(&reported, true, __ATOMIC_RELEASE);
}

/* ---- the beginning ---- */

/* The variable `name` of the environment, as "name=value"; NULL without it. */
static const char *entry(const char *name)
{
	const char *value = environment_value(environ, name);

	return value ? value - strlen(name) - 1 : NULL;
}

static void complain(const char *what)
{
	raw_call(SYS_write, 2, (long)what, (long)strlen(what), 0, 0, 0);
}

/* Composes the paths of the command: beside the library, and where `make install` puts it. */
static bool find_commands(struct start *it)
{
	static const char *const places[COMMANDS] = {"pageleak", "../../bin/pageleak"};
	static char names[COMMANDS][4096];
	Dl_info info;
	const char *slash = dladdr((void *)(uintptr_t)reporter_begin, &info) && info.dli_fname
				    ? strrchr(info.dli_fname, '/')
				    : NULL;

	for (int i = 0; slash && i < COMMANDS; i++) {
		int size = snprintf(names[i], sizeof names[i], "%.*s/%s", (int)(slash - info.dli_fname), info.dli_fname,
				    places[i]);
		it->commands[i] = size < (int)sizeof names[i] ? names[i] : NULL;
	}
	return slash;
}

const char *reporter_begin(void)
{
	enum { HELPED = 3 }; /* exit status of `pageleak preloaded`: it has printed help */
	static char answer[12288];
	static const char *const passed[] = {OPTIONS_VARIABLE, "TMPDIR", "NO_COLOR"};
	struct start it = {.moment = "begin",
			   .pid = raw_getpid(),
			   .environment = {ALONE},
			   .answer = answer,
			   .room = sizeof answer,
			   .output = -1,
			   .status = MISSING};
	int count = 1;

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (entry(passed[i]))
			it.environment[count++] = entry(passed[i]);
	if (valgrind_runs_this() || !find_commands(&it))
		return NULL;
	start(&it);
	if (it.status == HELPED) {
		for (size_t done = 0, size = it.answered ? strlen(answer) : 0; done < size;) {
			long wrote = raw_call(SYS_write, 1, (long)(answer + done), (long)(size - done), 0, 0, 0);
			done = wrote > 0 ? done + (size_t)wrote : size;
		}
		leave(0);
	}
	if (it.status == MISSING || it.status < 0)
		complain("pageleak: not audited: the pageleak command is not where libpageleak.so looks for it, or "
			 "could not be run\n");
	return it.status == 0 && it.answered ? answer : NULL;
}
