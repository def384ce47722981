/*
 * process_wait.c - forks, waits, passes signals on. Single-threaded; takes signals one by one with sigtimedwait, never
 * in a handler.
 */
#include "audit/process_wait.h"
#include "base/message.h"
#include "base/text.h"
#include "machine/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <stdbool.h>
#include <stddef.h>

enum { PATIENCE_SECONDS = 5 }; /* then names the processes for which it waits */

struct process_wait {
	struct arena *arena;
	sigset_t waited;                            /* the signals for sigtimedwait */
	sigset_t mask;                              /* before process_wait_open */
	struct sigaction child_action, pipe_action; /* before process_wait_open */
	pid_t command;                              /* 0: it has ended */
	void (*killed)(void *context, pid_t pid, int signal);
	void *context; /* for `killed` */
};

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};

struct process_wait *process_wait_open(struct arena *arena)
{
	struct process_wait *wait = arena_take(arena, sizeof(*wait));
	struct sigaction usual = {.sa_handler = SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
	wait->arena = arena;
	sigemptyset(&wait->waited);
	sigaddset(&wait->waited, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&wait->waited, passed_on[i]);
	sigprocmask(SIG_BLOCK, &wait->waited, &wait->mask);
	sigaction(SIGCHLD, &usual, &wait->child_action); /* if it is ignored, exit statuses of children are lost */
	/* A reader that closes its end of the pipe must not change the exit status. */
	sigaction(SIGPIPE, &ignored, &wait->pipe_action);
	return wait;
}

void process_wait_close(struct process_wait *wait)
{
	struct timespec none = {0, 0};
	while (sigtimedwait(&wait->waited, NULL, &none) > 0)
		;
	sigaction(SIGCHLD, &wait->child_action, NULL);
	sigaction(SIGPIPE, &wait->pipe_action, NULL);
	sigprocmask(SIG_SETMASK, &wait->mask, NULL);
}

/*
 * Was the signal sent by a descendant? Then it was meant for the process group of the sender, and the command has it
 * already.
 */
static bool sent_from_below(pid_t sender)
{
	pid_t self = getpid();
	for (int steps = 0; sender > 1 && steps < 1000; steps++) {
		if (sender == self)
			return true;
		sender = proc_parent(sender);
	}
	return false;
}

/* Passes a signal on to the command. Returns false when the signal ends the wait. */
static bool pass_on(struct process_wait *wait, const siginfo_t *signal)
{
	bool by_kernel = signal->si_code > 0;
	if (wait->command == 0)
		return !by_kernel && sent_from_below(signal->si_pid);
	if (!by_kernel && !sent_from_below(signal->si_pid))
		kill(wait->command, signal->si_signo);
	return true;
}

/* Reaps every child that has ended. Returns false when no child is left. */
static bool reap(struct process_wait *wait, struct process_wait_end *out)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
		if (pid == 0)
			return true;
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return false;
		if (pid == wait->command) {
			out->wait_status = status;
			clock_gettime(CLOCK_REALTIME, &out->ended);
			wait->command = 0;
		} else if (WIFSIGNALED(status)) {
			wait->killed(wait->context, pid, WTERMSIG(status));
		}
	}
}

static void say_what_is_waited_for(struct arena *arena, const char *command)
{
	const char *list = "";
	size_t count;
	const pid_t *children = proc_children(arena, getpid(), getpid(), &count);
	for (size_t i = 0; i < count; i++)
		list = arena_format(arena, "%s%s%d", list, i ? " " : "", (int)children[i]);
	warning("%s has ended; waiting for what it left running (%s); interrupt to report now", command,
		*list ? list : "unknown");
}

/* ---- processes that are left ---- */

struct left_list {
	struct arena *arena;
	struct process_wait_end *out;
	size_t room;
};

static const char *program_of(struct arena *arena, pid_t pid)
{
	struct text exe = proc_exe(arena, pid);
	return exe.size ? exe.at : proc_comm(arena, pid).at; /* exe of a setuid program cannot be read */
}

static bool any_runs(pid_t pid, const pid_t *threads, size_t count)
{
	struct proc_stat stat;
	for (size_t i = 0; i < count; i++)
		if (proc_thread_stat(pid, threads[i], &stat) && !strchr("ZX", stat.state))
			return true;
	return !threads && kill(pid, 0) != 0 && errno == EPERM; /* /proc may be hidden from this user */
}

/*
 * Adds a process, unless it has ended, and its descendants. Reads all threads: the first may end before the others, and
 * each may have children.
 */
static void add_process(struct left_list *list, pid_t pid, int depth)
{
	enum { DEPTH_MOST = 100 };
	struct process_wait_end *out = list->out;
	size_t count, child_count;
	const pid_t *threads = proc_threads(list->arena, pid, &count);
	if (pid != getpid() && any_runs(pid, threads, count)) {
		out->left = arena_grow(list->arena, out->left, out->left_count, &list->room, sizeof *out->left, 8);
		out->left[out->left_count++] = (struct process_left){pid, program_of(list->arena, pid)};
	}
	for (size_t i = 0; i < count && depth < DEPTH_MOST; i++) {
		const pid_t *children = proc_children(list->arena, pid, threads[i], &child_count);
		for (size_t k = 0; k < child_count; k++)
			add_process(list, children[k], depth + 1);
	}
}

/* Tries again when nothing was found: a child may end and leave its own children to us during the search. */
static void list_left(struct process_wait *wait, struct process_wait_end *out)
{
	struct left_list list = {wait->arena, out, 0};
	out->all_ended = !reap(wait, out);
	for (int tries = 0; !out->all_ended && !out->left_count && tries < 100; tries++) {
		add_process(&list, getpid(), 0);
		out->all_ended = !out->left_count && !reap(wait, out);
	}
}

/* ---- the wait ---- */

static long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for the next signal, `wait_ms` at most; negative: without a limit. */
static int next_signal(struct process_wait *wait, long wait_ms, siginfo_t *signal)
{
	struct timespec time = {wait_ms / 1000, wait_ms % 1000 * 1000000};
	return wait_ms < 0 ? sigwaitinfo(&wait->waited, signal) : sigtimedwait(&wait->waited, signal, &time);
}

static void wait_for_all(struct process_wait *wait, const char *command, long settle_seconds,
			 struct process_wait_end *out)
{
	bool said = false;
	long ended_ms = 0;
	out->all_ended = true;
	while (reap(wait, out)) {
		siginfo_t signal;
		long wait_ms = -1, waited_ms = 0, patience_ms = PATIENCE_SECONDS * 1000;
		if (wait->command == 0) {
			ended_ms = ended_ms ? ended_ms : now_ms();
			waited_ms = now_ms() - ended_ms;
			if (settle_seconds >= 0 && settle_seconds * 1000 <= waited_ms)
				break;
			if (!said)
				wait_ms = waited_ms < patience_ms ? patience_ms - waited_ms : 0;
			if (settle_seconds >= 0 && (said || settle_seconds * 1000 - waited_ms < wait_ms))
				wait_ms = settle_seconds * 1000 - waited_ms;
		}
		int number = next_signal(wait, wait_ms, &signal);
		if (number < 0 && errno == EAGAIN && !said && now_ms() - ended_ms >= patience_ms) {
			say_what_is_waited_for(wait->arena, command);
			said = true;
		}
		if (number <= 0 || number == SIGCHLD)
			continue;
		/* The command may have ended before its end was reaped. */
		if (reap(wait, out) && !pass_on(wait, &signal))
			break;
	}
	list_left(wait, out);
}

static void be_the_child(struct process_wait *wait, int (*exec)(void *, char **), void *context, char **argv,
			 int failure)
{
	sigaction(SIGCHLD, &wait->child_action, NULL);
	sigaction(SIGPIPE, &wait->pipe_action, NULL);
	sigprocmask(SIG_SETMASK, &wait->mask, NULL);
	int code = exec(context, argv);
	while (write(failure, &code, sizeof(code)) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* The errno of a failed exec; 0 once the command runs. */
static int read_failure(int descriptor)
{
	int code = 0;
	ssize_t n;
	while ((n = read(descriptor, &code, sizeof(code))) < 0 && errno == EINTR)
		;
	return n == sizeof(code) ? code : 0;
}

int process_wait_run(struct process_wait *wait, int (*exec)(void *, char **), void (*killed)(void *, pid_t, int),
		     void *context, char **argv, long settle_seconds, struct process_wait_end *out)
{
	int pipe_ends[2];
	*out = (struct process_wait_end){.all_ended = true};
	wait->killed = killed;
	wait->context = context;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(pipe_ends, O_CLOEXEC) != 0)
		return error("cannot make a pipe: %s", strerror(errno));
	wait->command = fork();
	if (wait->command < 0) {
		error("cannot start %s: %s", argv[0], strerror(errno));
		close(pipe_ends[0]);
		close(pipe_ends[1]);
		return -1;
	}
	if (wait->command == 0)
		be_the_child(wait, exec, context, argv, pipe_ends[1]);
	close(pipe_ends[1]);
	int code = read_failure(pipe_ends[0]);
	close(pipe_ends[0]);
	if (code != 0) {
		waitpid(wait->command, NULL, 0);
		return code;
	}
	wait_for_all(wait, argv[0], settle_seconds, out);
	return 0;
}
