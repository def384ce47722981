/*
 * hazards.c CASE [ARG] - programs that end, jump, limit and lock themselves in the middle of making pages. What it
 * prints and how it ends must be the same with and without an audit. Started in an empty directory.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *argument;

static void fail(const char *what)
{
	perror(what);
	abort();
}

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0 || write(fd, path, strlen(path)) < 0 || close(fd))
		fail(path);
}

static void make_and_unlink(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0 || close(fd) || unlink(path))
		fail(path);
}

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("status %d\n", WEXITSTATUS(status));
}

/* ---- a call that never comes to its end: an open of a FIFO waits for a reader ---- */

static void hang(void)
{
	int fd = open("fifo", O_WRONLY | O_CREAT, 0600);

	printf("%d\n", fd);
}

static void make_fifo(void)
{
	if (mkfifo("fifo", 0600))
		fail("mkfifo");
	make_and_unlink("page");
}

static pid_t hanging; /* the thread that is to hang */

/* A task's state in /proc: S while it waits in a call; 0: there is none. */
static char state_of(pid_t task)
{
	char path[64], text[512] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", task);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	char *end = size ? strrchr(text, ')') : NULL;
	return end ? end[2] : 0;
}

/* A file system may have it wait for a moment, too. */
static void until_it_hangs(pid_t task)
{
	for (int times = 0; times < 10; times = state_of(task) == 'S' ? times + 1 : 0)
		usleep(1000);
}

/* Another process sends the signal when this one hangs. */
static pid_t signal_when_it_hangs(int number)
{
	pid_t self = getpid(), pid = fork();

	if (pid)
		return pid;
	until_it_hangs(self);
	kill(self, number);
	_exit(0);
}

static sigjmp_buf back;

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void jumped(void)
{
	make_fifo();
	signal(SIGALRM, jump);
	pid_t sender = signal_when_it_hangs(SIGALRM);
	if (sigsetjmp(back, 1) == 0)
		hang();
	wait_for(sender);
	make("left");
}

static void *hang_in_thread(void *asynchronous)
{
	__atomic_store_n(&hanging, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	if (asynchronous)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	hang();
	return NULL;
}

static void cancel(void *asynchronous)
{
	pthread_t thread;
	void *result;

	make_fifo();
	pthread_create(&thread, NULL, hang_in_thread, asynchronous);
	while (!__atomic_load_n(&hanging, __ATOMIC_ACQUIRE))
		usleep(1000);
	until_it_hangs(hanging);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("%d\n", result == PTHREAD_CANCELED);
	make("left");
}

static void cancelled(void)
{
	cancel(NULL);
}

static void cancelled_at_once(void)
{
	cancel("");
}

/* Threads that make names of their own are cancelled wherever they are. */
static void *scatter(void *number)
{
	char path[32];

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (int i = 0;; i++) {
		snprintf(path, sizeof path, "page-%ld-%d", (long)number, i);
		close(open(path, O_CREAT | O_WRONLY, 0600));
		if (i > 5)
			unlink(path);
	}
	return NULL;
}

static void scattered(void)
{
	for (long i = 0; i < 300; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, scatter, (void *)i);
		usleep((useconds_t)(300 + i));
		pthread_cancel(thread);
		pthread_join(thread, NULL);
	}
}

static void killed(void)
{
	make_fifo();
	make("left");
	pid_t pid = fork();
	if (pid == 0) {
		make_and_unlink("page");
		hang();
		_exit(3);
	}
	until_it_hangs(pid);
	kill(pid, SIGKILL);
	wait_for(pid);
}

/* Handlers that fork: parent and child both come out of the call that was interrupted. */
static void fork_here(int number)
{
	(void)number;
	int saved = errno;
	pid_t pid = fork();

	if (pid > 0)
		waitpid(pid, NULL, 0);
	else if (pid == 0)
		make_and_unlink("child");
	errno = saved;
}

static void forked(void)
{
	pid_t self = getpid();
	struct sigaction action = {.sa_handler = fork_here};

	make_fifo();
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < 10; i++) {
		pid_t sender = signal_when_it_hangs(SIGALRM);
		int fd = open("fifo", O_WRONLY | O_CREAT, 0600);
		if (getpid() != self)
			_exit(fd >= 0);
		if (fd >= 0 || errno != EINTR)
			fail("open");
		wait_for(sender);
	}
	make("left");
}

/* ---- ends ---- */

static void *end_in_thread(void *unused)
{
	(void)unused;
	make("thread");
	if (!strcmp(argument, "exec")) {
		execl("/proc/self/exe", "hazards", "one", NULL);
		_exit(9);
	}
	if (!strcmp(argument, "exit"))
		exit(4);
	pthread_exit(NULL);
}

static void main_end(void)
{
	pthread_t thread;

	make("left");
	if (!strcmp(argument, "abort"))
		abort();
	if (!strcmp(argument, "_exit"))
		_exit(3);
	if (!strcmp(argument, "quick_exit"))
		quick_exit(3);
	if (!strcmp(argument, "kill"))
		raise(SIGKILL);
	if (!strcmp(argument, "segv"))
		*(volatile int *)8 = 0;
	pthread_create(&thread, NULL, end_in_thread, NULL);
	if (!strcmp(argument, "pthread_exit"))
		pthread_exit(NULL); /* the process ends with the other thread */
	pthread_join(thread, NULL);
}

static void one(void)
{
	make("one");
}

/* ---- handlers and functions that run at the end ---- */

static void at_exit_makes(void)
{
	make_and_unlink("exit-page");
	unlink("handed-on");
	make("exit-left");
}

static void on_exit_unlinks(int status, void *path)
{
	printf("on_exit %d\n", status);
	fflush(stdout);
	unlink(path);
}

static __attribute__((destructor)) void destructor(void)
{
	if (argument && !strcmp(argument, "destructor"))
		unlink("destroyed");
}

static void orders(void)
{
	atexit(at_exit_makes);
	on_exit(on_exit_unlinks, "on_exit-page");
	make("handed-on");
	make("on_exit-page");
	make("destroyed");
	exit(6);
}

/* ---- limits ---- */

static void limit(int resource, rlim_t value)
{
	struct rlimit both = {value, value};

	if (setrlimit(resource, &both))
		fail("setrlimit");
}

/* A program under the limit from its beginning. */
static void run_again(const char *what)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "hazards", what, argument, NULL);
		_exit(9);
	}
	wait_for(pid);
}

static void limited(void)
{
	char name[8];
	unsigned long value;

	if (sscanf(argument, "%7[a-z]=%lu", name, &value) != 2)
		abort();
	make_and_unlink("before");
	limit(!strcmp(name, "nofile")    ? RLIMIT_NOFILE
	      : !strcmp(name, "as")      ? RLIMIT_AS
	      : !strcmp(name, "fsize")   ? RLIMIT_FSIZE
	      : !strcmp(name, "stack")   ? RLIMIT_STACK
	      : !strcmp(name, "memlock") ? RLIMIT_MEMLOCK
					 : RLIMIT_DATA,
	      value == 1 ? RLIM_INFINITY : value);
	for (int i = 0; i < 500; i++)
		if (mkdir("page", 0700) || rmdir("page"))
			fail("page");
	if (mkdir("left", 0700))
		fail("left");
	if (!strcmp(name, "as"))
		printf("%d\n", malloc(value / 4) != NULL);
	if (strcmp(argument, "nofile=0")) /* nothing can be loaded then */
		run_again("directories");
}

static void directories(void)
{
	struct rlimit now;

	/* The program wants half of its address space. */
	if (!getrlimit(RLIMIT_AS, &now) && now.rlim_cur != RLIM_INFINITY)
		printf("%d\n", malloc(now.rlim_cur / 2) != NULL);
	for (int i = 0; i < 500; i++)
		if (mkdir("page", 0700) || rmdir("page"))
			fail("page");
	if (mkdir("left-again", 0700))
		fail("left-again");
}

/* ---- privileges ---- */

static void undumpable(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail("prctl");
	for (int i = 0; i < 100; i++)
		make_and_unlink("page");
	make("left");
	run_again("one");
}

static void dropped(void)
{
	if (chmod(".", 0777) || setgid(65534) || setuid(65534))
		fail("setuid");
	for (int i = 0; i < 100; i++)
		make_and_unlink("page");
	make("left");
}

/* ---- seccomp: only these calls; any other kills ---- */

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void filtered(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_openat),
		ALLOW(SYS_close),
		ALLOW(SYS_unlink),
		ALLOW(SYS_write),
		ALLOW(SYS_exit_group),
		ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_newfstatat),
		ALLOW(SYS_brk),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	make_and_unlink("before");
	puts("begun");
	fflush(stdout);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!strcmp(argument, "prctl") ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
				       : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		fail("seccomp");
	for (int i = 0; i < 10; i++) {
		close(open("page", O_CREAT | O_WRONLY, 0600));
		unlink("page");
	}
	close(open("left", O_CREAT | O_WRONLY, 0600));
	puts("done");
}

/* ---- a traced child ---- */

static void traced(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		make_and_unlink("page");
		make("left");
		_exit(5);
	}
	int status, stops = 0;
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		stops++;
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	}
	printf("%d stops, %x\n", stops, status);
}

/* ---- the journal goes away under its writers ---- */

static void journal_gone(void)
{
	make_and_unlink("before");
	if (unlink(argument)) /* the test's journal, or what it calls so without an audit */
		fail(argument);
	for (int i = 0; i < 5000; i++)
		make_and_unlink("page");
	make("left");
}

/* ---- libraries that come and go ---- */

static void load(Lmid_t space, int flags)
{
	for (int i = 0; i < 50; i++) {
		char path[32];
		snprintf(path, sizeof path, "plugin-%d", i);
		void *library = space == LM_ID_BASE ? dlopen(argument, RTLD_NOW | flags)
						    : dlmopen(space, argument, RTLD_NOW | flags);
		void (*run)(const char *) = library ? (void (*)(const char *))dlsym(library, "plugin_run") : NULL;
		if (!run)
			fail(dlerror());
		run(path);
		dlclose(library);
	}
}

static void reloaded(void)
{
	load(LM_ID_BASE, 0);
}

static void deepbound(void)
{
	load(LM_ID_BASE, RTLD_DEEPBIND);
}

static void apart(void)
{
	load(LM_ID_NEWLM, 0);
}

/* An error of the loader's that is asked for late: what lies between must not make it forgotten. */
static void unread_error(void)
{
	void *library = dlopen("./missing.so", RTLD_NOW);

	make_and_unlink("page");
	if (mkdir("directory", 0700) || rename("directory", "moved") || setenv("NAME", "value", 1))
		fail("mkdir");
	const char *error = dlerror();
	printf("%d %s\n", library != NULL, error ? error : "no error");
}

/* ---- forks beside threads ---- */

static volatile int stop;

static void *make_until_stopped(void *number)
{
	char path[32];

	snprintf(path, sizeof path, "thread-%ld", (long)number);
	while (!stop)
		make_and_unlink(path);
	return NULL;
}

static void *fork_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			alarm(300);
			make_and_unlink("child");
			_exit(0);
		}
		int status;
		if (waitpid(pid, &status, 0) != pid || status)
			fail("child");
		pid = vfork();
		if (pid == 0) {
			execl("/nowhere/at/all", "nowhere", NULL);
			_exit(errno == ENOENT ? 7 : 8);
		}
		if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7)
			fail("vfork");
	}
	return NULL;
}

static void forks_in_a_thread(void)
{
	pthread_t makers[2], forker;

	for (long i = 0; i < 2; i++)
		pthread_create(&makers[i], NULL, make_until_stopped, (void *)i);
	pthread_create(&forker, NULL, fork_many, NULL);
	pthread_join(forker, NULL);
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(makers[i], NULL);
	make("left");
}

/* ---- a filter that was there before the program, as service managers install them ---- */

/* Runs the rest of the arguments; what debuggers use ends it. */
static void below_a_filter(char **command)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		fail("seccomp");
	execv(*command, command);
	fail(*command);
}

/* ---- near the end of the stack ---- */

/* Goes down to `room` bytes above the end of the stack that it runs on, and makes a page there. */
static char *stack_low;

static __attribute__((noinline)) void go_down(size_t room)
{
	char step[256];

	__asm__ volatile("" : : "r"(step) : "memory");
	if ((size_t)((char *)__builtin_frame_address(0) - stack_low) > room)
		go_down(room);
	else
		make_and_unlink("deep");
	__asm__ volatile("" : : "r"(step) : "memory");
}

static void *deep_in_thread(void *room)
{
	pthread_attr_t attributes;
	void *low;
	size_t size;

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &low, &size);
	stack_low = low;
	go_down((size_t)room);
	return NULL;
}

static void deep(void)
{
	pthread_t thread;

	make_and_unlink("bound"); /* the functions are looked up here, which takes 3 KiB */
	pthread_create(&thread, NULL, deep_in_thread, (void *)strtoul(argument, NULL, 0));
	pthread_join(thread, NULL);
	make("left");
}

/* The kernel lets the main stack grow up to its limit, counted from the end of the mapping. */
static char *main_stack_low(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned long end = 0;
	struct rlimit limit;

	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "[stack]"))
			sscanf(line, "%*x-%lx", &end);
	if (!end || getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur > 64 << 20)
		fail("no limit");
	fclose(maps);
	return (char *)end - limit.rlim_cur;
}

static void deep_in_main(void)
{
	make_and_unlink("bound");
	stack_low = main_stack_low();
	go_down(strtoul(argument, NULL, 0));
	make("left");
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"jumped", jumped},
	{"cancelled", cancelled},
	{"cancelled_at_once", cancelled_at_once},
	{"scattered", scattered},
	{"killed", killed},
	{"forked", forked},
	{"end", main_end},
	{"one", one},
	{"orders", orders},
	{"limited", limited},
	{"directories", directories},
	{"undumpable", undumpable},
	{"dropped", dropped},
	{"filtered", filtered},
	{"traced", traced},
	{"journal_gone", journal_gone},
	{"reloaded", reloaded},
	{"deepbound", deepbound},
	{"apart", apart},
	{"unread_error", unread_error},
	{"forks_in_a_thread", forks_in_a_thread},
	{"deep", deep},
	{"deep_in_main", deep_in_main},
};

int main(int argc, char **argv)
{
	argument = argc > 2 ? argv[2] : "";
	if (argc > 2 && !strcmp(argv[1], "below_a_filter"))
		below_a_filter(argv + 2);
	for (size_t i = 0; argc >= 2 && i < sizeof cases / sizeof *cases; i++)
		if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			return 0;
		}
	return 2;
}
