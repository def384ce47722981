/*
 * reporter.c - a clone that shares memory, as vfork makes it, and an exec.
 *
 * Must not: let a handler of the program run in the clone, touch errno or anything that the clone does not own, or use a descriptor
 * of the program.
 */
#include "reporter.h"
#include "environment.h"
#include "journal.h"
#include "options.h"
#include "raw.h"
#include "simulated.h"
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define STANDARD 3
#define COMMANDS 2
#define ENTRIES 4

static struct place {
	uint64_t device, inode; /* inode 0: not open, or nowhere */
} standard[STANDARD];
static bool standard_known;

struct start {
	const char *commands[COMMANDS]; /* tried in this order; NULL none */
	const char *moment;
	pid_t pid; /* of this process */
	const char *environment[ENTRIES];
	int answer;   /* becomes standard output; -1 none */
	pid_t sender; /* who asked for it; 0: to be started in any case, as a child of this process */
	volatile bool within; /* out: `sender` is of the audited tree. Written where no return leads back from: compilers take it for unchanged */
};

/* ---- descriptors ---- */

static struct place place_of(int fd)
{
	struct statx status;
	bool dev_null;

	if (raw_statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_TYPE, &status))
		return (struct place){0, 0};
	dev_null = S_ISCHR(status.stx_mode) && status.stx_rdev_major == 1 && status.stx_rdev_minor == 3;
	return (struct place){makedev(status.stx_dev_major, status.stx_dev_minor), dev_null ? 0 : status.stx_ino};
}

void reporter_open(void)
{
	if (!options.signal && !options.audit)
		return;
	for (int fd = 1; fd < STANDARD; fd++)
		standard[fd] = place_of(fd);
	standard_known = true;
}

/* Closes what leads elsewhere by now. Can be written to standard error? */
static bool keep_standard(void)
{
	bool speaks = true;

	for (int fd = 1; standard_known && fd < STANDARD; fd++) {
		struct place now = place_of(fd);

		if (now.inode && now.inode == standard[fd].inode && now.device == standard[fd].device)
			continue;
		raw_close(fd);
		speaks = speaks && fd != 2;
	}
	return speaks;
}

static void close_others(void)
{
	enum { SYS_CLOSE_RANGE = 436, MOST = 65536 }; /* before Linux 5.9 there is none */

	if (raw_call(SYS_CLOSE_RANGE, STANDARD, ~0u, 0, 0, 0, 0) == 0)
		return;
	for (int fd = STANDARD; fd < MOST; fd++)
		raw_close(fd);
}

/* ---- in the clone: its own descriptors and signal actions, and this process's memory, which stands still meanwhile ---- */

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
	char lost[64], *at = lost;
	const char *argv[] = {"pageleak", "preloaded", it->moment, NULL, NULL};

	if (!keep_standard()) { /* it may find it elsewhere */
		at = put_hex(at, (uint64_t)it->pid);
		at = put_hex(at, standard[2].device);
		put_hex(at, standard[2].inode);
		argv[3] = lost;
	}
	if (it->answer >= 0) {
		long above = raw_call(SYS_fcntl, it->answer, F_DUPFD, STANDARD, 0, 0, 0);
		raw_call(SYS_dup3, above, 1, 0, 0, 0, 0);
	}
	close_others();
	for (int i = 0; i < COMMANDS && it->commands[i]; i++)
		raw_call(SYS_execve, (long)it->commands[i], (long)argv, (long)it->environment, 0, 0, 0);
	leave(127);
}

/* The number behind the process's name and state in /proc/PID/stat; 0 when it cannot be read. */
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
	const char *at = strrchr(text, ')'); /* names hold anything, states are a letter */
	if (!at || strnlen(at, 5) < 5)
		return 0;
	for (at += 4; *at >= '0' && *at <= '9'; at++)
		parent = parent * 10 + (*at - '0');
	return parent;
}

/* `pageleak run` passes on what others send. */
static bool is_within(pid_t pid)
{
	enum { GENERATIONS = 256 };

	if (pid == options.parent)
		return false;
	for (int i = 0; pid > 1 && i < GENERATIONS; i++, pid = parent_of(pid))
		if (pid == journal_creator())
			return true;
	return false;
}

static __attribute__((noinline, noreturn)) void in_between(struct start *it)
{
	it->within = is_within(it->sender);
	long pid = it->within ? 1 : clone_vfork();
	if (pid == 0)
		become(it);
	leave(pid < 0);
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

/* Its exit status, -1 when a signal ended it. All signals are blocked. */
static int wait_for(long pid)
{
	int status = -1;

	while (raw_call(SYS_wait4, pid, (long)&status, __WALL, 0, 0, 0) == -EINTR)
		;
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static __attribute__((noinline)) long run(struct start *it)
{
	long pid = clone_vfork();

	if (pid == 0) {
		if (it->sender)
			in_between(it);
		become(it);
	}
	return pid;
}

/* The status of what was started; with a sender, of what started it. */
static int start(struct start *it)
{
	uint64_t mask = block_signals();
	long pid = run(it);
	int status = pid > 0 ? wait_for(pid) : -1;

	restore_signals(mask);
	return status;
}

bool reporter_start(pid_t sender)
{
	struct start it = {{options.command}, "signal", raw_getpid(), {environment_settings()}, -1, sender ? sender : 1, false};

	if (start(&it) != 0)
		journal_count(COUNTER_REPORT_NOT_STARTED, 1);
	return !it.within;
}

/* Has this process nobody in the tree any more who could report? */
static bool is_left_alone(void)
{
	pid_t parent = raw_getppid();
	bool gone = raw_call(SYS_kill, options.audit, 0, 0, 0, 0, 0) == -ESRCH;

	return gone && (parent == 1 || raw_call(SYS_getsid, parent, 0, 0, 0, 0, 0) != raw_call(SYS_getsid, 0, 0, 0, 0, 0, 0));
}

void reporter_end(void)
{
	static pid_t ended;
	pid_t pid;

	if (!options.audit || !journal_is_open() || !journal_process_known())
		return;
	pid = raw_getpid();
	if (pid != journal_pid() || pid == ended || (pid != options.audit && !is_left_alone()))
		return;
	ended = pid;
	struct start it = {{options.command}, "end", pid, {environment_settings()}, -1, 0, false};
	if (start(&it) == 127)
		journal_count(COUNTER_REPORT_NOT_STARTED, 1);
}

/* ---- the beginning ---- */

/* The entry of `name`, as "name=value". */
static const char *entry(const char *name)
{
	const char *value = environment_value(environ, name);

	return value ? value - strlen(name) - 1 : NULL;
}

static void complain(const char *what)
{
	raw_call(SYS_write, 2, (long)what, (long)strlen(what), 0, 0, 0);
}

/* Beside the library, or where `make install` puts it. */
static bool find_commands(struct start *it)
{
	static const char *const places[COMMANDS] = {"pageleak", "../../bin/pageleak"};
	static char names[COMMANDS][4096];
	Dl_info info;
	const char *slash = dladdr((void *)(uintptr_t)reporter_begin, &info) && info.dli_fname ? strrchr(info.dli_fname, '/') : NULL;

	for (int i = 0; slash && i < COMMANDS; i++) {
		int size = snprintf(names[i], sizeof names[i], "%.*s/%s", (int)(slash - info.dli_fname), info.dli_fname, places[i]);
		it->commands[i] = size < (int)sizeof names[i] ? names[i] : NULL;
	}
	return slash;
}

/* What it writes, up to its end; false when that is not all. */
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

const char *reporter_begin(void)
{
	enum { HELPED = 3, MISSING = 127 }; /* report/preloaded.c */
	static char answer[12288];
	static const char *const passed[] = {OPTIONS_VARIABLE, "TMPDIR", "NO_COLOR"};
	struct start it = {{NULL}, "begin", 0, {NULL}, -1, 0, false};
	int ends[2], count = 0, status = MISSING;
	bool answered = false;

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (entry(passed[i]))
			it.environment[count++] = entry(passed[i]);
	if (simulated() || !find_commands(&it) || raw_call(SYS_pipe2, (long)ends, O_CLOEXEC, 0, 0, 0, 0))
		return NULL;
	it.answer = ends[1];
	uint64_t mask = block_signals();
	long pid = run(&it);
	raw_close(ends[1]);
	if (pid > 0) {
		answered = read_answer(ends[0], answer, sizeof answer);
		status = wait_for(pid);
	}
	raw_close(ends[0]);
	restore_signals(mask);
	if (status == HELPED)
		leave(0);
	if (status == MISSING)
		complain("pageleak: not audited: the pageleak command is not where libpageleak.so looks for it, or could not be run\n");
	return status == 0 && answered ? answer : NULL;
}
