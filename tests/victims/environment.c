/*
 * environment.c CASE [PATH] - starts another image with an environment that lacks the audit, from a place where that is
 * hard: a vfork child, a signal handler, a thread, a small stack. The image is this program as `environment make PATH`,
 * which makes that file and nothing else, or `environment show`, which prints its environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *make_argv[] = {"environment", "make", "page", NULL}, *show_argv[] = {"environment", "show", NULL};
static char *true_argv[] = {"true", NULL}, *nothing[] = {NULL};
static char self[4096];

static void starts(long result)
{
	(void)result;
	_exit(111); /* an exec that returned */
}

static int ended(void)
{
	int status = -1;

	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char **many(size_t count)
{
	char **array = calloc(count + 1, sizeof *array);

	for (size_t i = 0; i < count; i++)
		if (asprintf(&array[i], "V%zu=%zu", i, i) < 0)
			abort();
	return array;
}

static void vfork_empty(void)
{
	if (!vfork())
		starts(execve(self, make_argv, nothing));
	printf("%d\n", ended());
}

static void vfork_null(void)
{
	if (!vfork())
		starts(execve(self, make_argv, NULL));
	printf("%d\n", ended());
}

static void huge(void)
{
	char **array = many(20000);

	if (!vfork())
		starts(execve(self, make_argv, array));
	printf("%d\n", ended());
}

static void handler(int number)
{
	(void)number;
	if (!vfork())
		starts(execve(self, make_argv, nothing));
}

static void signal_handler(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	printf("%d\n", ended());
}

static void *thread(void *array)
{
	starts(execve(self, make_argv, array));
	return NULL;
}

static void in_thread(size_t stack, char **array)
{
	pthread_attr_t attributes;
	pthread_t it;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, stack);
	pthread_create(&it, &attributes, thread, array);
	pthread_join(it, NULL);
}

static void thread_exec(void)
{
	in_thread(1 << 20, nothing);
}

/* 5,000 variables need 40 KB for the array alone. */
static void thread_small(void)
{
	in_thread(32768, many(5000));
}

static int clone_child(void *unused)
{
	(void)unused;
	starts(execve(self, make_argv, nothing));
	return 0;
}

/* A guard page on both sides: whoever needs more than 8 KiB dies. */
static void clone_small(void)
{
	char *stack = mmap(NULL, 4 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(stack + 4096, 8192, PROT_READ | PROT_WRITE);
	if (clone(clone_child, stack + 4096 + 8192, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) < 0)
		abort();
	printf("%d\n", ended());
}

static void failing(void)
{
	char **volatile bad = (char **)8;

	errno = 0;
	printf("%d %d\n", execve("missing", make_argv, nothing), errno);
	errno = 0;
	printf("%d %d\n", execvpe("missing-command", make_argv, nothing), errno);
	errno = 0;
	printf("%d %d\n", execve("/", make_argv, nothing), errno);
	errno = 0;
	printf("%d %d\n", execve(self, make_argv, bad), errno);
	errno = 0;
	printf("%d %d\n", execve(self, bad, nothing), errno);
	environ = nothing;
	printf("%d %d\n", execl("missing", "missing", NULL), errno);
	printf("%d %d %d\n", posix_spawn(NULL, "missing", NULL, NULL, make_argv, NULL), environ == nothing,
	       *environ == NULL);
}

/* How much may an environment take? In bytes of one variable more, beside as many of 100,000 as there is room for. */
static int fits(int how, char **array, char *last, size_t size)
{
	char *parameters[] = {"true", NULL};
	pid_t child;

	memset(last, 'x', size);
	last[size] = 0;
	if (how == 2) {
		int failed = posix_spawn(&child, "/bin/true", NULL, NULL, parameters, array);
		return failed ? failed : ended();
	}
	child = fork();
	if (!child) {
		if (how)
			syscall(SYS_execve, "/bin/true", true_argv, array);
		else
			execve("/bin/true", true_argv, array);
		_exit(errno);
	}
	return ended();
}

static void limit(void)
{
	static char last[120000];
	char *array[40] = {last, NULL};

	for (int i = 1; i < 38 && !fits(0, array, last, 10); i++) {
		array[i] = malloc(100001);
		memset(array[i], 'y', 100000);
		array[i][100000] = 0;
		array[i + 1] = NULL;
		if (fits(0, array, last, 10)) {
			array[i] = NULL;
			break;
		}
	}
	for (int how = 0; how < 3; how++) {
		size_t low = 10, high = sizeof last - 1;
		while (low < high) {
			size_t middle = (low + high + 1) / 2;
			if (fits(how, array, last, middle))
				high = middle - 1;
			else
				low = middle;
		}
		printf("%zu %d\n", low, fits(how, array, last, low + 1));
	}
}

static void show(void)
{
	for (char **at = environ; *at; at++)
		puts(*at);
}

static void show_whole(void)
{
	starts(execve(self, show_argv, environ));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{"vfork_empty", vfork_empty},
		{"vfork_null", vfork_null},
		{"huge", huge},
		{"signal_handler", signal_handler},
		{"thread_exec", thread_exec},
		{"thread_small", thread_small},
		{"clone_small", clone_small},
		{"failing", failing},
		{"limit", limit},
		{"show", show},
		{"show_whole", show_whole},
	};
	ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

	if (argc < 2 || size < 0)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	if (!strcmp(argv[1], "make"))
		return close(open(argv[2], O_CREAT | O_EXCL | O_WRONLY, 0600));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (!strcmp(argv[1], cases[i].name))
			return cases[i].run(), 0;
	return 2;
}
