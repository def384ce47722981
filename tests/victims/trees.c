/*
 * trees.c CASE - makes processes in one way, and files in them. Every file is named after who made it and is left, but
 * for those that end in `-gone`, which their maker removes.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

extern char **environ;
pid_t _Fork(void) __attribute__((weak));
static char self[4096];

static void make(const char *name)
{
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0)
		abort();
	close(fd);
}

static void pages(const char *who)
{
	char gone[64];

	snprintf(gone, sizeof gone, "%s-gone", who);
	make(who);
	make(gone);
	unlink(gone);
}

static void child(const char *who)
{
	pages(who);
	_exit(0);
}

static void reap(void)
{
	while (wait(NULL) > 0)
		;
}

static void by_fork(void)
{
	pages("parent");
	if (!fork()) {
		pages("child");
		if (!fork())
			child("grandchild");
		reap();
		_exit(0);
	}
	reap();
}

static void by_Fork(void)
{
	pid_t pid = _Fork ? _Fork() : fork();

	if (!pid)
		child("child");
	reap();
	pages("parent");
}

static void by_raw_fork(void)
{
	if (!syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL))
		child("child");
	reap();
	pages("parent");
}

static void by_vfork(void)
{
	if (!vfork()) {
		execl(self, "trees", "make", "child", NULL);
		_exit(111);
	}
	reap();
	pages("parent");
}

/* The first page of a forked child is made by a vfork child of its own, on its memory. */
static void by_fork_and_vfork(void)
{
	pages("parent");
	if (!fork()) {
		if (!vfork()) {
			make("borrowed");
			execl(self, "trees", "make", "grandchild", NULL);
			_exit(111);
		}
		reap();
		pages("child");
		_exit(0);
	}
	reap();
}

static int cloned(void *who)
{
	pages(who);
	_exit(0);
}

static int cloned_execs(void *who)
{
	execl(self, "trees", "make", who, NULL);
	_exit(111);
}

static char *stack(void)
{
	return (char *)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0) +
	       (1 << 20);
}

static void by_clone(void)
{
	if (clone(cloned, stack(), SIGCHLD, "child") < 0)
		abort();
	reap();
	pages("parent");
}

static void by_clone_vm(void)
{
	if (clone(cloned_execs, stack(), CLONE_VM | CLONE_VFORK | SIGCHLD, "child") < 0)
		abort();
	reap();
	pages("parent");
}

static void by_spawn(void)
{
	char *argv[] = {"trees", "make", "child", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&actions, 7, "opened", O_CREAT | O_WRONLY, 0600);
	posix_spawn_file_actions_addclose(&actions, 7);
	posix_spawn_file_actions_addchdir_np(&actions, "there");
	if (mkdir("there", 0700) || posix_spawn(&pid, self, &actions, &attributes, argv, environ))
		abort();
	if (waitpid(pid, NULL, 0) != pid)
		abort();
	posix_spawn_file_actions_destroy(&actions);
	pages("parent");
}

static const char *command(const char *who)
{
	static char text[5000];

	snprintf(text, sizeof text, "%s make %s", self, who);
	return text;
}

static void by_libc(void)
{
	wordexp_t words;
	char text[5100];

	if (system(command("system")))
		abort();
	if (pclose(popen(command("popen"), "r")))
		abort();
	snprintf(text, sizeof text, "$(%s)", command("wordexp"));
	if (wordexp(text, &words, 0))
		abort();
	wordfree(&words);
	pages("parent");
}

static void by_forkpty(void)
{
	int terminal;
	char byte;

	if (!forkpty(&terminal, NULL, NULL, NULL))
		child("child");
	while (read(terminal, &byte, 1) > 0)
		;
	reap();
	pages("parent");
}

static void until_orphan(pid_t parent)
{
	while (getppid() == parent)
		usleep(1000);
}

static void by_daemon(void)
{
	pid_t parent = getpid();

	pages("parent");
	if (daemon(1, 1))
		abort();
	until_orphan(parent);
	child("child");
}

static void by_double_fork(void)
{
	pid_t parent = getpid();

	pages("parent");
	if (fork())
		_exit(0);
	until_orphan(parent);
	parent = getpid();
	pages("middle");
	if (fork())
		_exit(0);
	until_orphan(parent);
	child("child");
}

static void exec_chain(void)
{
	pages("first");
	execl(self, "trees", "exec_second", NULL);
	abort();
}

/* Not found in the first three directories of PATH, and no permission in one of them. */
static void exec_second(void)
{
	char *argv[] = {"trees-here", "make", "third", NULL};
	char path[5000];

	pages("second");
	if (mkdir("denied", 0700) || mkdir("found", 0700) || mkdir("denied/trees-here", 0700) ||
	    symlink(self, "found/trees-here"))
		abort();
	snprintf(path, sizeof path, "/nonexistent:denied:/bin:found:/usr/bin");
	setenv("PATH", path, 1);
	if (execvp("trees-nowhere", argv) != -1 || errno != ENOENT)
		abort();
	if (execv("denied", argv) != -1 || errno != EACCES)
		abort();
	execvp("trees-here", argv);
	abort();
}

static void *exec_in_thread(void *unused)
{
	pages("thread");
	execl(self, "trees", "make", "image", NULL);
	return unused;
}

static void thread_exec(void)
{
	pthread_t thread;

	pages("main");
	pthread_create(&thread, NULL, exec_in_thread, NULL);
	pthread_join(thread, NULL);
	abort();
}

/* Pids are few here: each is had by several processes in turn, with and without an exec. */
static void many(void)
{
	char name[32];

	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof name, "m%d", i);
		if (!fork()) {
			if (i % 5)
				child(name);
			execl(self, "trees", "make", name, NULL);
			_exit(111);
		}
		if (i % 3 == 2)
			reap();
	}
	reap();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{"fork", by_fork},
		{"_Fork", by_Fork},
		{"raw_fork", by_raw_fork},
		{"vfork", by_vfork},
		{"fork_and_vfork", by_fork_and_vfork},
		{"clone", by_clone},
		{"clone_vm", by_clone_vm},
		{"spawn", by_spawn},
		{"libc", by_libc},
		{"forkpty", by_forkpty},
		{"daemon", by_daemon},
		{"double_fork", by_double_fork},
		{"exec_chain", exec_chain},
		{"exec_second", exec_second},
		{"thread_exec", thread_exec},
		{"many", many},
	};
	ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

	if (argc < 2 || size < 0)
		return 2;
	if (!strcmp(argv[1], "make"))
		return pages(argv[2]), 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (!strcmp(argv[1], cases[i].name))
			return cases[i].run(), 0;
	return 2;
}
