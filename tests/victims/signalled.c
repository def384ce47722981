/*
 * signalled.c - what a program sees of a report that is made while it runs, or when it ends. `signalled WHAT [ARG]`;
 * all but the daemon go on until standard input ends, where that matters, and then say what they saw.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static volatile sig_atomic_t children, mine;
static atomic_bool over;

static void on_child(int number)
{
	(void)number;
	children++;
}

static void on_mine(int number)
{
	(void)number;
	mine++;
}

static int descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void leave_a_page(void)
{
	char name[4096];

	snprintf(name, sizeof name, "%s/page-XXXXXX", getenv("TMPDIR"));
	close(mkstemp(name));
}

/* Blocks in read(2) as most daemons do; every result is looked at. */
static int watch(void)
{
	char byte;
	ssize_t got;
	int before = descriptors();
	struct timespec second = {1, 0}, left = {0, 0};

	signal(SIGCHLD, on_child);
	leave_a_page();
	printf("ready\n");
	fflush(stdout);
	errno = 77;
	while ((got = read(0, &byte, 1)) > 0)
		;
	int code = errno, waited = waitpid(-1, NULL, 0), reason = errno;
	printf("read=%zd errno=%d sigchld=%d wait=%d,%d descriptors=%+d sleep=%d\n", got, code, (int)children, waited,
	       reason == ECHILD, descriptors() - before, nanosleep(&second, &left));
	return 5;
}

static void *work(void *unused)
{
	char name[4096];
	long wrong = 0;

	while (!atomic_load(&over)) {
		snprintf(name, sizeof name, "%s/work-XXXXXX", getenv("TMPDIR"));
		int fd = mkstemp(name);
		wrong += fd < 0 || close(fd) || unlink(name);
	}
	(void)unused;
	return (void *)wrong;
}

/* Threads make and remove, the main one spawns: in each of them the signal may come. */
static int threads(void)
{
	pthread_t all[4];
	char *argv[] = {"true", NULL}, byte;
	long wrong = 0, spawned = 0;
	void *result;

	for (int i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, work, NULL);
	printf("ready\n");
	fflush(stdout);
	fcntl(0, F_SETFL, O_NONBLOCK);
	while (read(0, &byte, 1) != 0) {
		pid_t pid;
		int status = -1;
		wrong += posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) || waitpid(pid, &status, 0) != pid ||
			 status;
		spawned++;
	}
	atomic_store(&over, true);
	for (int i = 0; i < 4; i++) {
		pthread_join(all[i], &result);
		wrong += (long)result;
	}
	printf("wrong=%ld spawned=%d\n", wrong, spawned > 0);
	return 0;
}

/* A handler of its own, by each way to set one, and what it is told was there before. */
static int own(void)
{
	struct sigaction action = {.sa_handler = on_mine}, old, again;
	sighandler_t before;

	sigaction(SIGUSR2, NULL, &old);
	printf("asked=%d ", old.sa_handler == SIG_DFL && !old.sa_flags);
	sigaction(SIGUSR2, &action, &old);
	sigaction(SIGUSR2, NULL, &again);
	raise(SIGUSR2);
	printf("old=%d own=%d taken=%d ", old.sa_handler == SIG_DFL, again.sa_handler == on_mine, (int)mine);
	struct sigaction *volatile same = &old;
	sigaction(SIGUSR2, &old, same); /* one struct for both */
	before = signal(SIGUSR2, on_mine);
	printf("both=%d back=%d ", old.sa_handler == on_mine, before == SIG_DFL);
	before = signal(SIGUSR2, SIG_DFL);
	sigaction(SIGUSR2, NULL, &again);
	printf("signal=%d flags=%d\n", before == on_mine,
	       again.sa_handler == SIG_DFL && (again.sa_flags & SA_RESTART) != 0);
	return 0;
}

static int handles(void)
{
	char byte;

	signal(SIGUSR2, on_mine);
	leave_a_page();
	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	printf("taken=%d\n", (int)mine);
	return 0;
}

static int by_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	struct itimerspec soon = {.it_value = {0, 1000000}};
	timer_t timer;

	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &soon, NULL);
	pause();
	return 1;
}

/* Its own file gets the number of standard error. */
static int reuse(const char *path)
{
	leave_a_page();
	close(2);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	return fd == 2 && write(fd, "data\n", 5) == 5 ? 0 : 1;
}

/*
 * As daemons go: the process that a shell waits for ends at once, and this one goes on until there is a file of that
 * name.
 */
static int daemonize(const char *go)
{
	if (fork())
		_exit(0);
	setsid();
	if (fork())
		_exit(0);
	close(0);
	close(1);
	close(2);
	while (access(go, F_OK))
		usleep(1000);
	leave_a_page();
	return 0;
}

static void on_any_child(int number)
{
	(void)number;
	if (write(1, "SIGCHLD\n", 8) != 8)
		_exit(1);
}

/* The end of a child that it never had would be seen at its start, where SIGCHLD came blocked, or at its own end. */
static int childless(bool at_once)
{
	sigset_t pending, none;

	sigpending(&pending);
	printf("pending=%d\n", sigismember(&pending, SIGCHLD));
	fflush(stdout);
	signal(SIGCHLD, on_any_child);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	leave_a_page();
	if (at_once)
		_exit(0);
	return 0;
}

/* As daemons that serve strangers go: whatever is in there is not ours to execute. */
static int confine(const char *directory)
{
	leave_a_page();
	return chroot(directory) || chdir("/");
}

static void *end_at_once(void *unused)
{
	(void)unused;
	_exit(3);
}

/* Several threads end the program, at one time. */
static int end_together(void)
{
	pthread_t thread;

	leave_a_page();
	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, end_at_once, NULL);
	pause();
	return 1;
}

/* Threads go on while the program ends. */
static int end_busy(void)
{
	pthread_t thread;

	leave_a_page();
	pthread_create(&thread, NULL, work, NULL);
	usleep(50000);
	return 3;
}

static __attribute__((noreturn)) void quickly(void)
{
	at_quick_exit(leave_a_page);
	quick_exit(3);
}

static int alone(void)
{
	int waited = waitpid(-1, NULL, 0), reason = errno, file = open("/dev/null", O_RDONLY);

	printf("wait=%d,%d descriptor=%d\n", waited, reason == ECHILD, file);
	leave_a_page();
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "raise"))
		return raise(SIGUSR2);
	return !strcmp(what, "watch")       ? watch()
	       : !strcmp(what, "threads")   ? threads()
	       : !strcmp(what, "own")       ? own()
	       : !strcmp(what, "handles")   ? handles()
	       : !strcmp(what, "timer")     ? by_timer()
	       : !strcmp(what, "reuse")     ? reuse(argv[2])
	       : !strcmp(what, "daemon")    ? daemonize(argv[2])
	       : !strcmp(what, "alone")     ? alone()
	       : !strcmp(what, "together")  ? end_together()
	       : !strcmp(what, "busy")      ? end_busy()
	       : !strcmp(what, "quickly")   ? (quickly(), 0)
	       : !strcmp(what, "childless") ? childless(argc > 2)
	       : !strcmp(what, "confine")   ? confine(argv[2])
	       : !strcmp(what, "preloaded") ? close(creat("/executed", 0600)) /* in the place of pageleak */
	       : !strcmp(what, "at once")   ? (leave_a_page(), _exit(3), 0)
					    : 2;
}
