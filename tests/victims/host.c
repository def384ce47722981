/*
 * host.c CASE - programs that make life hard for whoever lives inside them. What it prints must be the same with and
 * without an audit; its last line is `pages RELEASED LEFT`: what the audit must count. Started in an empty directory.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	abort();
}

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0 || close(fd))
		fail(path);
}

static void make_and_unlink(const char *path)
{
	make(path);
	if (unlink(path))
		fail(path);
}

/* Below a stack that `seed` chooses among 2^depth: most are new to an unwinder. */
static void below(unsigned seed, int depth, const char *path);
static __attribute__((noinline)) void left(unsigned seed, int depth, const char *path)
{
	volatile char room[3000];

	room[0] = (char)depth;
	below(seed, depth, path);
	__asm__ volatile("" : : "r"(room) : "memory");
}
static __attribute__((noinline)) void right(unsigned seed, int depth, const char *path)
{
	volatile char room[20];

	room[0] = (char)depth;
	below(seed, depth, path);
	__asm__ volatile("" : : "r"(room) : "memory");
}
static __attribute__((noinline)) void below(unsigned seed, int depth, const char *path)
{
	if (!depth)
		make_and_unlink(path);
	else if (seed & 1)
		left(seed >> 1, depth - 1, path);
	else
		right(seed >> 1, depth - 1, path);
	__asm__ volatile("");
}

/* ---- descriptors closed behind everybody's back, and their numbers used again ---- */

static void reuse(void)
{
	char content[64] = "";

	for (unsigned i = 0; i < 50; i++)
		below(i, 6, "page");
	for (int i = 3; i < 1024; i++)
		close(i);
	below(51, 6, "page");
	closefrom(3);
	close_range(3, ~0u, 0);
	int one = open("one", O_CREAT | O_RDWR, 0600), two = open("two", O_CREAT | O_RDWR, 0600);
	if (write(one, "ABCDEFGH", 8) != 8 || write(two, "12345678", 8) != 8 || lseek(one, 0, SEEK_SET))
		fail("write");
	for (unsigned i = 0; i < 500; i++)
		below(i * 7919, 9, "page");
	printf("%d %d offsets %ld %ld sizes %ld %ld\n", one, two, (long)lseek(one, 0, SEEK_CUR),
	       (long)lseek(two, 0, SEEK_CUR), (long)lseek(one, 0, SEEK_END), (long)lseek(two, 0, SEEK_END));
	ssize_t a = pread(one, content, 20, 0), b = pread(two, content + 30, 20, 0);
	printf("%zd %zd %s %s\n", a, b, content, content + 30);
	puts("pages 551 2");
}

/* ---- children on the parent's memory, small stacks ---- */

static void vforked(void)
{
	for (volatile int i = 0; i < 50; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			int fd = open("page", O_CREAT | O_WRONLY, 0600);
			if (fd >= 0 && (i < 25 || unlink("page") == 0))
				_exit(0);
			_exit(1);
		}
		int status;
		if (waitpid(pid, &status, 0) != pid || status)
			fail("vfork");
		if (i < 25 && unlink("page"))
			fail("unlink");
		make_and_unlink("mine");
	}
	puts("pages 100 0");
}

enum { STACKS = 20, PAGE = 4096, STACK = 5120 };

/*
 * The top of a stack of 5 KiB: below it a page that must not be touched, and below that the stack of another. Enough
 * for a system call or two, too little for an unwinder.
 */
static char *small_stack(int number)
{
	static char *area;

	if (!area) {
		area = mmap(NULL, STACKS * 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (int i = 0; i < STACKS; i++)
			mprotect(area + i * 3 * PAGE, PAGE, PROT_NONE);
	}
	return area + number * 3 * PAGE + PAGE + STACK;
}

static int in_clone(void *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	close(fd);
	return fd < 0 || unlink(path);
}

static void small_stacks(void)
{
	for (int i = 0; i < STACKS; i++) {
		int status;
		pid_t pid = clone(in_clone, small_stack(i), (i & 1 ? CLONE_VM | CLONE_VFORK : 0) | SIGCHLD, "page");

		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			fail("clone");
	}
	puts("pages 20 0");
}

static void in_handler(int number)
{
	(void)number;
	int saved = errno;
	make_and_unlink("handler");
	errno = saved;
}

static void small_signal_stack(void)
{
	size_t size = getauxval(AT_MINSIGSTKSZ) + 3072;
	size = (size + 4095) & ~(size_t)4095;
	char *area = mmap(NULL, 4096 + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = area + 4096, .ss_size = size};
	struct sigaction action = {.sa_handler = in_handler, .sa_flags = SA_ONSTACK};

	mprotect(area, 4096, PROT_NONE);
	if (sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &action, NULL))
		fail("sigaltstack");
	for (int i = 0; i < 100; i++)
		raise(SIGUSR1);
	puts("pages 100 0");
}

static ucontext_t out, in;

static void in_coroutine(void)
{
	make_and_unlink("page");
}

/* The very first event of the process, on a coroutine's stack. */
static void coroutine(void)
{
	for (int i = 0; i < STACKS; i++) {
		getcontext(&in);
		in.uc_stack.ss_sp = small_stack(i) - STACK;
		in.uc_stack.ss_size = STACK;
		in.uc_link = &out;
		makecontext(&in, in_coroutine, 0);
		swapcontext(&out, &in);
	}
	puts("pages 20 0");
}

/* ---- signals in the middle of hooks ---- */

static volatile sig_atomic_t handled;

static void interrupt(int number)
{
	(void)number;
	int saved = errno;
	char path[32];
	snprintf(path, sizeof path, "signal-%d", handled++);
	make_and_unlink(path);
	errno = saved;
}

static void interrupted(void)
{
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};

	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &often, NULL))
		fail("sigaction");
	for (unsigned i = 0; i < 20000; i++)
		below(i, (int)(i % 5), "page");
	setitimer(ITIMER_REAL, &never, NULL);
	fprintf(stderr, "pages %d 0\n", 20000 + handled);
}

static char spilled[100][32];
static volatile sig_atomic_t spilled_count;

static void clean_up(int number)
{
	(void)number;
	for (int i = 0; i < spilled_count; i++)
		unlink(spilled[i]);
	unlink("other");
	_exit(0);
}

static void terminated(void)
{
	pid_t self = getpid();

	signal(SIGTERM, clean_up);
	if (fork() == 0) {
		usleep(20000);
		kill(self, SIGTERM);
		_exit(0);
	}
	puts("pages ? 0");
	fflush(stdout);
	sigset_t term;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	for (;;) {
		sigprocmask(SIG_BLOCK, &term, NULL);
		for (int i = 0; i < 100; i++) {
			snprintf(spilled[i], sizeof spilled[i], "spill-%d", i);
			make(spilled[i]);
			spilled_count = i + 1;
			if (i % 10 == 9) {
				sigprocmask(SIG_UNBLOCK, &term, NULL);
				make_and_unlink("other");
				sigprocmask(SIG_BLOCK, &term, NULL);
			}
		}
		for (int i = 99; i >= 0; i--) {
			unlink(spilled[i]);
			spilled_count = i;
		}
	}
}

/* SIGTERM over and over, to whichever thread: its handler removes what others have just made. */
enum { MAKERS = 3, EACH = 1500, KEPT = 2 };
static int made[MAKERS], taken[MAKERS], by_handler;

/* The next one that nobody has taken yet, of those up to `end`. */
static int take_and_unlink(int maker, int end)
{
	int number = __atomic_load_n(&taken[maker], __ATOMIC_ACQUIRE);
	char path[32];

	do
		if (number >= end)
			return 0;
	while (!__atomic_compare_exchange_n(&taken[maker], &number, number + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	snprintf(path, sizeof path, "made-%d-%d", maker, number);
	if (unlink(path))
		fail(path);
	return 1;
}

static void sweep(int number)
{
	int saved = errno;

	(void)number;
	for (int i = 0; i < MAKERS; i++) {
		int end = __atomic_load_n(&made[i], __ATOMIC_ACQUIRE);
		__atomic_fetch_add(&by_handler, take_and_unlink(i, end < EACH - KEPT ? end : EACH - KEPT),
				   __ATOMIC_RELAXED);
	}
	errno = saved;
}

static void *make_many(void *maker)
{
	char path[32];

	for (int i = 0; i < EACH; i++) {
		snprintf(path, sizeof path, "made-%ld-%d", (long)maker, i);
		make(path);
		__atomic_store_n(&made[(long)maker], i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void swept(void)
{
	struct sigaction action = {.sa_handler = sweep, .sa_flags = SA_RESTART};
	pid_t self = getpid(), sender;
	pthread_t threads[MAKERS];

	sigaction(SIGTERM, &action, NULL);
	if ((sender = fork()) == 0)
		for (;;) {
			usleep(50);
			if (getppid() != self || kill(self, SIGTERM))
				_exit(0);
		}
	for (long i = 0; i < MAKERS; i++)
		pthread_create(&threads[i], NULL, make_many, (void *)i);
	for (int i = 0; i < MAKERS; i++)
		pthread_join(threads[i], NULL);
	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	for (int i = 0; i < MAKERS; i++)
		while (take_and_unlink(i, EACH - KEPT))
			;
	printf("%d\n", by_handler > 20);
	printf("pages %d %d\n", MAKERS * (EACH - KEPT), MAKERS * KEPT);
}

/* ---- limits ---- */

static void no_descriptors(void)
{
	struct rlimit limit = {3, 3};

	make("left");
	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
	int fd = open("page", O_CREAT | O_WRONLY, 0600), error = errno;
	printf("%d %d\n", fd, error);
	for (int i = 0; i < 100; i++)
		if (mkdir("page", 0700) || rmdir("page"))
			fail("mkdir");
	if (symlink("nowhere", "link"))
		fail("symlink");
	puts("pages 100 2");
}

static void no_file_size(void)
{
	struct rlimit limit = {0, 0};

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit))
		fail("setrlimit");
	for (int i = 0; i < 2000; i++)
		make_and_unlink("page");
	make("left");
	int fd = open("left", O_WRONLY);
	ssize_t written = write(fd, "x", 1);
	int error = errno;
	fprintf(stderr, "%zd %d\n", written, error);
	fprintf(stderr, "pages 2000 1\n");
}

static void little_address_space(void)
{
	struct rlimit limit = {192 << 20, 192 << 20};

	if (setrlimit(RLIMIT_AS, &limit))
		fail("setrlimit");
	void *some = malloc(120 << 20), *more = malloc(120 << 20);
	printf("%d %d\n", some != NULL, more != NULL);
	free(some);
	for (int i = 0; i < 2000; i++)
		make_and_unlink("page");
	some = malloc(120 << 20);
	printf("%d\n", some != NULL);
	pid_t pid = fork();
	if (pid == 0) { /* a new image under the limit */
		execl("/proc/self/exe", "host", "one", NULL);
		_exit(9);
	}
	int status;
	waitpid(pid, &status, 0);
	printf("%d\n", status);
	puts("pages 2000 1");
}

static void one(void)
{
	make("one");
}

static void many(void)
{
	for (int i = 0; i < 30000; i++)
		below((unsigned)i, 12, "page");
	make("left");
	puts("pages ? 1");
}

/* ---- threads ---- */

static void *until_cancelled(void *path)
{
	for (;;) {
		int fd = open(path, O_CREAT | O_WRONLY, 0600);
		if (fd >= 0)
			close(fd);
		unlink(path);
		pthread_testcancel();
	}
	return path;
}

static void cancelled(void)
{
	int cancelled_count = 0, left_count = 0;

	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		void *result;
		if (pthread_create(&thread, NULL, until_cancelled, "page"))
			fail("pthread_create");
		for (volatile int spin = 0; spin < i * 1000; spin++)
			;
		pthread_cancel(thread);
		pthread_join(thread, &result);
		cancelled_count += result == PTHREAD_CANCELED;
		left_count += unlink("page") == 0;
	}
	make_and_unlink("after");
	printf("%d\n", cancelled_count);
	puts("pages ? 0");
}

static volatile int stop;

static void *unwinds(void *number)
{
	char path[32];

	snprintf(path, sizeof path, "thread-%ld", (long)number);
	for (unsigned i = 0; !stop; i++)
		below(i * 2654435761u, 14, path);
	return NULL;
}

static void forks(void)
{
	pthread_t threads[3];

	make_and_unlink("first");
	for (long i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, unwinds, (void *)i);
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			alarm(300);
			below((unsigned)i * 40503u, 15, "child");
			_exit(0);
		}
		int status;
		if (waitpid(pid, &status, 0) != pid || status) {
			printf("child %d: %x\n", i, status);
			abort();
		}
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	puts("pages ? 0");
}

/* The constructor of the library (constructor.c) starts a thread, which makes a page, and waits for it. */
static void constructor(void)
{
	void *library = dlopen(getenv("TEST_LIBRARY"), RTLD_NOW);

	printf("%d\n", library != NULL);
	make_and_unlink("page");
	puts("pages 2 0");
}

/* ---- no standard streams ---- */

static void no_streams(void)
{
	closefrom(0);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "host", "streamless", NULL);
		_exit(9);
	}
	int status;
	waitpid(pid, &status, 0);
	exit(WEXITSTATUS(status));
}

static void streamless(void)
{
	int first = open("first", O_CREAT | O_RDWR, 0600), second = open("second", O_CREAT | O_RDWR, 0600);

	for (unsigned i = 0; i < 100; i++)
		below(i, 6, "page");
	if (first != 0 || second != 1 || lseek(0, 0, SEEK_END) || lseek(1, 0, SEEK_END))
		_exit(5);
	_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"reuse", reuse},
	{"vforked", vforked},
	{"small_stacks", small_stacks},
	{"small_signal_stack", small_signal_stack},
	{"coroutine", coroutine},
	{"interrupted", interrupted},
	{"terminated", terminated},
	{"swept", swept},
	{"no_descriptors", no_descriptors},
	{"no_file_size", no_file_size},
	{"little_address_space", little_address_space},
	{"one", one},
	{"many", many},
	{"cancelled", cancelled},
	{"forks", forks},
	{"constructor", constructor},
	{"no_streams", no_streams},
	{"streamless", streamless},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++)
		if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			return 0;
		}
	return 2;
}
