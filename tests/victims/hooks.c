/*
 * hooks.c NAME - calls one function of preload/format/hooks.def, in its failing ways and then so that it works. Started
 * in a directory that holds a file "old" and a directory "there", which are older than the audit.
 *
 * A line each: `did CALL = RESULT ERRNO` must be the same with and without an audit; `expect VERDICT KIND PATH API ...`
 * is a page that the audit must name, and no other. Functions that take a name away are called from an exit handler:
 * what they remove is late, so that the report names them. Status 77: it cannot be done here; the last line says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spawn.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>
#include <wordexp.h>
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <pthread.h>

int __open(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...);
FILE *_IO_fopen(const char *path, const char *mode);
FILE *_IO_popen(const char *command, const char *mode);
int __xmknod(int version, const char *path, mode_t mode, dev_t *device);
int __xmknodat(int version, int directory, const char *path, mode_t mode, dev_t *device);
void monstartup(unsigned long low, unsigned long high);
void _mcleanup(void);
int lckpwdf(void);
pid_t __wait(int *status);
pid_t __waitpid(pid_t pid, int *status, int options);
int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
sighandler_t sysv_signal(int number, sighandler_t handler);
sighandler_t __sysv_signal(int number, sighandler_t handler);
sighandler_t bsd_signal(int number, sighandler_t handler);

extern char **environ;
static char *self;

#define DID(call)                                                                                                      \
	do {                                                                                                           \
		errno = 0;                                                                                             \
		long result_ = (long)(call);                                                                           \
		int errno_ = errno;                                                                                    \
		printf("did %s = %ld %d\n", #call, result_, errno_);                                                   \
	} while (0)
#define EXPECT(...) printf("expect " __VA_ARGS__), puts("")

static void cannot(const char *why)
{
	puts(why);
	_exit(77);
}

/* A page, made by the plainest of calls. */
static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0)
		abort();
	close(fd);
}

static int there(void)
{
	return open("there", O_RDONLY | O_DIRECTORY);
}

/* ---- open ---- */

#define OPENS(name)                                                                                                    \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name("missing/page", O_CREAT | O_WRONLY, 0640));                                                   \
		DID(name("missing", O_RDONLY));                                                                        \
		DID(name("old", O_CREAT | O_EXCL | O_WRONLY, 0640));                                                   \
		DID(name("old", O_CREAT | O_WRONLY, 0640));                                                            \
		DID(name(".", O_TMPFILE | O_RDWR, 0640));                                                              \
		DID(name("page", O_CREAT | O_WRONLY, 0640));                                                           \
		EXPECT("leaked file page %s", #name);                                                                  \
	}
OPENS(open)
OPENS(open64)
OPENS(__open)
OPENS(__open64)

#define OPENATS(name)                                                                                                  \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		int directory = there();                                                                               \
		DID(name(AT_FDCWD, "missing/page", O_CREAT | O_WRONLY, 0640));                                         \
		DID(name(-5, "page", O_CREAT | O_WRONLY, 0640));                                                       \
		DID(name(AT_FDCWD, "old", O_CREAT | O_EXCL | O_WRONLY, 0640));                                         \
		DID(name(AT_FDCWD, "old", O_CREAT | O_WRONLY, 0640));                                                  \
		DID(name(directory, ".", O_TMPFILE | O_RDWR, 0640));                                                   \
		DID(name(directory, "page", O_CREAT | O_WRONLY, 0640));                                                \
		EXPECT("leaked file there/page %s", #name);                                                            \
	}
OPENATS(openat)
OPENATS(openat64)

#define CREATS(name)                                                                                                   \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name("missing/page", 0640));                                                                       \
		DID(name("there", 0640));                                                                              \
		DID(name("old", 0640));                                                                                \
		DID(name("page", 0640));                                                                               \
		EXPECT("leaked file page %s", #name);                                                                  \
	}
CREATS(creat)
CREATS(creat64)

/* glibc before 2.43 has none: then what the program would have done is its own system call. */
static int own_openat2(int directory, const char *path, const struct open_how *how, size_t size)
{
	return (int)syscall(SYS_openat2, directory, path, how, size);
}

static void try_openat2(void)
{
	int (*openat2)(int, const char *, const struct open_how *, size_t) =
		(int (*)(int, const char *, const struct open_how *, size_t))dlsym(RTLD_DEFAULT, "openat2");
	struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0640};

	openat2 = openat2 ? openat2 : own_openat2;
	DID(openat2(AT_FDCWD, "missing/page", &how, sizeof how));
	DID(openat2(AT_FDCWD, "page", NULL, sizeof how));
	DID(openat2(AT_FDCWD, "page", &how, 3));
	DID(openat2(AT_FDCWD, "old", &how, sizeof how));
	DID(openat2(there(), "page", &how, sizeof how));
	EXPECT("leaked file there/page openat2");
}

#define FOPENS(name)                                                                                                   \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name("missing/page", "w"));                                                                        \
		DID(name("missing", "r+"));                                                                            \
		DID(name("old", "wx"));                                                                                \
		DID(name("page", "?"));                                                                                \
		DID(name("old", "r") != NULL);                                                                         \
		DID(name("page", "a+e") != NULL);                                                                      \
		EXPECT("leaked file page %s", #name);                                                                  \
	}
FOPENS(fopen)
FOPENS(fopen64)
FOPENS(_IO_fopen)

#define FREOPENS(name)                                                                                                 \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name("missing/page", "w", fopen("/dev/null", "r")));                                               \
		DID(name(NULL, "r", fopen("/dev/null", "r")) != NULL);                                                 \
		FILE *stream = fopen("/dev/null", "r");                                                                \
		DID(name("page", "w", stream) == stream);                                                              \
		DID(fileno(stream));                                                                                   \
		EXPECT("leaked file page %s", #name);                                                                  \
	}
FREOPENS(freopen)
FREOPENS(freopen64)

/* ---- temporary names ---- */

#define TEMPORARY(name, end, ...)                                                                                      \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		char missing[] = "missing/XXXXXX" end, wrong[] = "XXXXX" end, good[] = "page-XXXXXX" end;              \
		char *template = missing;                                                                              \
		DID(name(template __VA_ARGS__));                                                                       \
		template = wrong;                                                                                      \
		DID(name(template __VA_ARGS__));                                                                       \
		template = good;                                                                                       \
		DID(name(template __VA_ARGS__) >= 0);                                                                  \
		EXPECT("leaked file %s %s", good, #name);                                                              \
	}
TEMPORARY(mkstemp, "")
TEMPORARY(mkstemp64, "")
TEMPORARY(mkostemp, "", , O_CLOEXEC)
TEMPORARY(mkostemp64, "", , O_CLOEXEC)
TEMPORARY(mkstemps, ".dat", , 4)
TEMPORARY(mkstemps64, ".dat", , 4)
TEMPORARY(mkostemps, ".dat", , 4, O_APPEND)
TEMPORARY(mkostemps64, ".dat", , 4, O_APPEND)

static void try_mkdtemp(void)
{
	char missing[] = "missing/XXXXXX", wrong[] = "XXXXX", good[] = "page-XXXXXX";

	DID(mkdtemp(missing));
	DID(mkdtemp(wrong));
	DID(mkdtemp(good) == good);
	EXPECT("leaked directory %s mkdtemp", good);
}

/* ---- directories, links, nodes, sockets ---- */

static void try_mkdir(void)
{
	DID(mkdir("there", 0700));
	DID(mkdir("missing/page", 0700));
	DID(mkdir((char *)8, 0700));
	DID(mkdir("page/", 0700));
	EXPECT("leaked directory page mkdir");
}

static void try_mkdirat(void)
{
	DID(mkdirat(AT_FDCWD, "there", 0700));
	DID(mkdirat(-5, "page", 0700));
	DID(mkdirat(there(), "page", 0700));
	EXPECT("leaked directory there/page mkdirat");
}

static void try_mknod(void)
{
	DID(mknod("old", S_IFIFO | 0600, 0));
	DID(mknod("page", S_IFIFO | 0600, 0));
	EXPECT("leaked fifo page mknod");
}

static void try_mknodat(void)
{
	DID(mknodat(-5, "page", S_IFREG | 0600, 0));
	DID(mknodat(there(), "page", S_IFREG | 0600, 0));
	EXPECT("leaked file there/page mknodat");
}

static void try___xmknod(void)
{
	dev_t device = 0;

	DID(__xmknod(99, "page", S_IFIFO | 0600, &device));
	DID(__xmknod(0, "old", S_IFIFO | 0600, &device));
	DID(__xmknod(0, "page", S_IFIFO | 0600, &device));
	EXPECT("leaked fifo page __xmknod");
}

static void try___xmknodat(void)
{
	dev_t device = 0;

	DID(__xmknodat(0, AT_FDCWD, "old", S_IFIFO | 0600, &device));
	DID(__xmknodat(0, there(), "page", S_IFIFO | 0600, &device));
	EXPECT("leaked fifo there/page __xmknodat");
}

static void try_mkfifo(void)
{
	DID(mkfifo("old", 0600));
	DID(mkfifo("page", 0600));
	EXPECT("leaked fifo page mkfifo");
}

static void try_mkfifoat(void)
{
	DID(mkfifoat(-5, "page", 0600));
	DID(mkfifoat(there(), "page", 0600));
	EXPECT("leaked fifo there/page mkfifoat");
}

static void try_link(void)
{
	DID(link("missing", "page"));
	DID(link("old", "there"));
	DID(link("old", "page"));
	EXPECT("leaked file page link");
}

static void try_linkat(void)
{
	DID(linkat(AT_FDCWD, "missing", AT_FDCWD, "page", 0));
	DID(linkat(AT_FDCWD, "old", there(), "page", 0));
	EXPECT("leaked file there/page linkat");
}

static void try_symlink(void)
{
	DID(symlink("nowhere", "old"));
	DID(symlink("", "page"));
	DID(symlink("nowhere", "page"));
	EXPECT("leaked symlink page symlink");
}

static void try_symlinkat(void)
{
	DID(symlinkat("nowhere", -5, "page"));
	DID(symlinkat("nowhere", there(), "page"));
	EXPECT("leaked symlink there/page symlinkat");
}

static void try_bind(void)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "old"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);

	DID(bind(-5, (struct sockaddr *)&local, sizeof local));
	DID(bind(fd, (struct sockaddr *)&local, sizeof local));
	strcpy(local.sun_path, "page");
	DID(bind(fd, (struct sockaddr *)&local, sizeof local));
	DID(bind(other, (struct sockaddr *)&local, sizeof local));
	local.sun_path[0] = 0; /* abstract: no entry */
	DID(bind(other, (struct sockaddr *)&local, sizeof local));
	EXPECT("leaked socket page bind");
}

/* ---- names that libc composes ---- */

static const char *tagged(void)
{
	static char name[64];

	if (!name[0])
		snprintf(name, sizeof name, "/pageleak-test-%s", getenv("TEST_TAG"));
	return name;
}

static void try_shm_open(void)
{
	DID(shm_open("/none-of-that-name", O_RDWR, 0));
	DID(shm_open("/a/b", O_CREAT | O_RDWR, 0600));
	DID(shm_open(tagged(), O_CREAT | O_RDWR, 0600));
	DID(shm_open(tagged(), O_CREAT | O_EXCL | O_RDWR, 0600));
	EXPECT("leaked shm /dev/shm%s shm_open", tagged());
}

static void try_sem_open(void)
{
	DID(sem_open("/none-of-that-name", 0));
	DID(sem_open(tagged(), O_CREAT, 0600, 3) != SEM_FAILED);
	DID(sem_open(tagged(), O_CREAT | O_EXCL, 0600, 3));
	EXPECT("leaked semaphore /dev/shm/sem.%s sem_open", tagged() + 1);
}

static void try_mq_open(void)
{
	DID(mq_open("/none-of-that-name", O_RDWR));
	DID(mq_open(tagged(), O_CREAT | O_RDWR, 0600, NULL));
	DID(mq_open(tagged(), O_CREAT | O_EXCL | O_RDWR, 0600, NULL));
	EXPECT("leaked file /dev/mqueue%s mq_open", tagged());
}

static void try_lckpwdf(void)
{
	DID(lckpwdf());
	DID(lckpwdf());
	EXPECT("leaked file /etc/.pwd.lock lckpwdf");
}

static void try__mcleanup(void)
{
	monstartup((unsigned long)try_lckpwdf & ~255ul, ((unsigned long)try_lckpwdf & ~255ul) + 4096);
	EXPECT("leaked file gmon.out _mcleanup");
	_mcleanup();
}

/* ---- a name goes or moves: from the exit handler ---- */

static void at_end(void (*handler)(void))
{
	if (atexit(handler))
		abort();
}

static void end_unlink(void)
{
	DID(unlink("missing"));
	DID(unlink("there"));
	DID(unlink("page"));
}

static void try_unlink(void)
{
	make("page");
	at_end(end_unlink);
	EXPECT("late file page open release=unlink");
}

static void end_unlinkat(void)
{
	DID(unlinkat(-5, "page", 0));
	DID(unlinkat(AT_FDCWD, "page", AT_REMOVEDIR));
	DID(unlinkat(AT_FDCWD, "there/page", AT_REMOVEDIR));
	DID(unlinkat(AT_FDCWD, "page", 0));
}

static void try_unlinkat(void)
{
	make("page");
	if (mkdir("there/page", 0700))
		abort();
	at_end(end_unlinkat);
	EXPECT("late file page open release=unlinkat");
	EXPECT("late directory there/page mkdir release=unlinkat");
}

static void end_rmdir(void)
{
	DID(rmdir("missing"));
	DID(rmdir("old"));
	DID(rmdir("."));
	DID(rmdir("page"));
}

static void try_rmdir(void)
{
	if (mkdir("page", 0700))
		abort();
	at_end(end_rmdir);
	EXPECT("late directory page mkdir release=rmdir");
}

static void end_remove(void)
{
	DID(remove("missing"));
	DID(remove("page"));
	DID(remove("there/page"));
}

static void try_remove(void)
{
	make("page");
	if (mkdir("there/page", 0700))
		abort();
	at_end(end_remove);
	EXPECT("late file page open release=remove");
	EXPECT("late directory there/page mkdir release=remove");
}

#define RENAMES(name, from, to, ...)                                                                                   \
	static void end_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name(from "page", to "over" __VA_ARGS__));                                                         \
	}                                                                                                              \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name(from "missing", to "page" __VA_ARGS__));                                                      \
		DID(name(from "old", to "there" __VA_ARGS__));                                                         \
		make("new");                                                                                           \
		DID(name(from "new", to "page" __VA_ARGS__));                                                          \
		make("over");                                                                                          \
		at_end(end_##name);                                                                                    \
		EXPECT("leaked file over open from=new");                                                              \
		EXPECT("late file over open release=%s", #name);                                                       \
	}
#define HERE AT_FDCWD,
RENAMES(rename, , )
RENAMES(renameat, HERE, HERE)
RENAMES(renameat2, HERE, HERE, , 0)

static void end_shm_unlink(void)
{
	DID(shm_unlink("/none-of-that-name"));
	DID(shm_unlink(tagged()));
}

static void try_shm_unlink(void)
{
	shm_open(tagged(), O_CREAT | O_RDWR, 0600);
	at_end(end_shm_unlink);
	EXPECT("late shm /dev/shm%s shm_open release=shm_unlink", tagged());
}

static void end_sem_unlink(void)
{
	DID(sem_unlink("/none-of-that-name"));
	DID(sem_unlink(tagged()));
}

static void try_sem_unlink(void)
{
	sem_open(tagged(), O_CREAT, 0600, 1);
	at_end(end_sem_unlink);
	EXPECT("late semaphore /dev/shm/sem.%s sem_open release=sem_unlink", tagged() + 1);
}

static void end_mq_unlink(void)
{
	DID(mq_unlink("/none-of-that-name"));
	DID(mq_unlink(tagged()));
}

static void try_mq_unlink(void)
{
	mq_open(tagged(), O_CREAT | O_RDWR, 0600, NULL);
	at_end(end_mq_unlink);
	EXPECT("late file /dev/mqueue%s mq_open release=mq_unlink", tagged());
}

/*
 * ---- exec: a child goes on with an empty environment, and makes a page all the same; then this process itself goes on
 * as another image, which makes a page ----
 */

static char *after_argv[] = {"hooks", "after", NULL}, *missing_argv[] = {"missing", NULL},
	    *true_argv[] = {"true", NULL};
static char *cleared_argv[] = {"hooks", "cleared", NULL};
static char *nothing[] = {NULL};

static void after(void)
{
	make("page");
}

static void cleared(void)
{
	make("cleared");
}

static void fails(long result)
{
	if (result != -1)
		abort();
}

static void try_execve(void)
{
	DID(execve("missing", missing_argv, environ));
	DID(execve("old", missing_argv, NULL));
	if (!vfork())
		fails(execve(self, cleared_argv, nothing));
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execve(self, after_argv, environ));
}

static void try_execv(void)
{
	DID(execv("missing", missing_argv));
	if (!fork()) {
		environ = nothing;
		fails(execv(self, cleared_argv));
	}
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execv(self, after_argv));
}

static void try_execvp(void)
{
	DID(execvp("missing-command", missing_argv));
	if (!fork()) {
		environ = nothing;
		fails(execvp(self, cleared_argv));
	}
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execvp(self, after_argv));
}

static void try_execvpe(void)
{
	DID(execvpe("missing-command", missing_argv, environ));
	if (!fork())
		fails(execvpe(self, cleared_argv, nothing));
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execvpe(self, after_argv, environ));
}

static void try_fexecve(void)
{
	int image = open(self, O_RDONLY | O_CLOEXEC);

	DID(fexecve(-5, missing_argv, environ));
	if (!fork())
		fails(fexecve(image, cleared_argv, nothing));
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(fexecve(open(self, O_RDONLY | O_CLOEXEC), after_argv, environ));
}

static void try_execveat(void)
{
	DID(execveat(AT_FDCWD, "missing", missing_argv, environ, 0));
	if (!fork())
		fails(execveat(AT_FDCWD, self, cleared_argv, nothing, 0));
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execveat(AT_FDCWD, self, after_argv, environ, 0));
}

static void try_execl(void)
{
	DID(execl("missing", "missing", NULL));
	if (!fork()) {
		environ = nothing;
		fails(execl(self, "hooks", "cleared", NULL));
	}
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execl(self, "hooks", "after", NULL));
}

static void try_execle(void)
{
	DID(execle("missing", "missing", NULL, environ));
	if (!fork())
		fails(execle(self, "hooks", "cleared", NULL, nothing));
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execle(self, "hooks", "after", NULL, environ));
}

static void try_execlp(void)
{
	DID(execlp("missing-command", "missing", NULL));
	if (!fork()) {
		environ = nothing;
		fails(execlp(self, "hooks", "cleared", NULL));
	}
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	fails(execlp(self, "hooks", "after", NULL));
}

#define SPAWNS(name)                                                                                                   \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		pid_t child;                                                                                           \
		DID(name(&child, "missing-command", NULL, NULL, missing_argv, environ));                               \
		DID(name(&child, self, NULL, NULL, cleared_argv, nothing));                                            \
		waitpid(child, NULL, 0);                                                                               \
		EXPECT("leaked file cleared open");                                                                    \
		EXPECT("leaked file page open");                                                                       \
		DID(name(NULL, self, NULL, NULL, after_argv, environ));                                                \
		wait(NULL);                                                                                            \
	}
SPAWNS(posix_spawn)
SPAWNS(posix_spawnp)

/* Shells that libc starts by itself, first as it is, then with nothing left in the environment. */
static const char *shell_command(const char *argument)
{
	static char command[4096];

	snprintf(command, sizeof command, "%s %s", self, argument);
	return command;
}

static void try_system(void)
{
	DID(system(NULL));
	DID(system("exit 3"));
	DID(system(shell_command("after")));
	EXPECT("leaked file page open");
	clearenv();
	DID(system(shell_command("cleared")));
	DID(environ && *environ);
	EXPECT("leaked file cleared open");
}

#define POPENS(name)                                                                                                   \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name("true", "nonsense"));                                                                         \
		DID(pclose(name(shell_command("after"), "r")));                                                        \
		EXPECT("leaked file page open");                                                                       \
		clearenv();                                                                                            \
		DID(pclose(name(shell_command("cleared"), "r")));                                                      \
		DID(environ &&*environ);                                                                               \
		EXPECT("leaked file cleared open");                                                                    \
	}
POPENS(popen)
POPENS(_IO_popen)

static void try_wordexp(void)
{
	wordexp_t words;
	char command[4096];

	snprintf(command, sizeof command, "$(%s)", shell_command("after"));
	DID(wordexp("a (", &words, 0));
	DID(wordexp(command, &words, WRDE_NOCMD));
	DID(wordexp(command, &words, 0));
	EXPECT("leaked file page open");
	environ = nothing;
	snprintf(command, sizeof command, "$(%s)", shell_command("cleared"));
	DID(wordexp(command, &words, 0));
	DID(environ == nothing);
	EXPECT("leaked file cleared open");
}

static void try_posix_spawn_file_actions_addopen(void)
{
	posix_spawn_file_actions_t actions;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	DID(posix_spawn_file_actions_addopen(&actions, -5, "page", O_CREAT | O_WRONLY, 0600));
	DID(posix_spawn_file_actions_addopen(&actions, 7, "page", O_CREAT | O_WRONLY, 0600));
	DID(posix_spawn(&child, "/bin/true", &actions, NULL, true_argv, environ));
	waitpid(child, NULL, 0);
	EXPECT("leaked file page posix_spawn");
}

/* More opens than can be waiting at one time: each list has to be forgotten with its end. */
static void try_posix_spawn_file_actions_destroy(void)
{
	posix_spawn_file_actions_t actions;

	for (int i = 0; i < 200; i++) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 7, "missing/page", O_CREAT | O_WRONLY, 0600);
		posix_spawn_file_actions_destroy(&actions);
	}
	posix_spawn_file_actions_init(&actions);
	DID(posix_spawn_file_actions_destroy(&actions));
}

/* ---- a process ends ---- */

static void try_exit(void)
{
	EXPECT("status 3");
	exit(3);
}

static void try__exit(void)
{
	EXPECT("status 4");
	_exit(4);
}

static void try__Exit(void)
{
	EXPECT("status 5");
	_Exit(5);
}

static void try_quick_exit(void)
{
	EXPECT("status 6");
	quick_exit(6);
}

static void try_abort(void)
{
	EXPECT("signal 6");
	abort();
}

/* The parent ends inside libc; its child is who makes the page. */
static void try_daemon(void)
{
	pid_t parent = getpid();

	DID(daemon(1, 1));
	if (getpid() == parent)
		abort();
	EXPECT("leaked file page open");
	EXPECT("status 0");
	make("page");
}

static void end_setsid(void)
{
	unlink("page");
}

/* A daemon made by hand: the child goes on in the place of its parent, and removes what that made. */
static void try_setsid(void)
{
	pid_t parent = getpid();

	make("page");
	if (fork())
		_exit(0);
	printf("did setsid = %d\n", setsid() == getpid());
	while (getppid() == parent)
		usleep(1000);
	at_end(end_setsid);
	EXPECT("late file page open release=unlink");
}

/* ---- children that are killed. The report names their pages as theirs, and how they ended ---- */

static int ended_by(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

/* A child that makes a page and kills itself; its own child removes that when this process has seen the end. */
static pid_t doomed(int gate[2])
{
	if (pipe(gate))
		abort();
	pid_t child = fork();
	if (child)
		return close(gate[0]), child;
	make("page");
	if (!fork()) {
		char byte;
		close(gate[1]);
		if (read(gate[0], &byte, 1))
			abort();
		unlink("page");
		_exit(0);
	}
	raise(SIGKILL);
	return 0;
}

/* How the others end does not matter; without a place for the status the end is seen, too. */
#define WAITS(name, with_status, without)                                                                              \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		int gate[2], status = 0, *none = NULL;                                                                 \
		(void)none;                                                                                            \
		pid_t child = fork();                                                                                  \
		if (!child)                                                                                            \
			_exit(3);                                                                                      \
		printf("did exit = %d %d\n", (with_status) == child, ended_by(status));                                \
		child = fork();                                                                                        \
		if (!child)                                                                                            \
			raise(SIGTERM);                                                                                \
		printf("did kill = %d %d\n", (with_status) == child, ended_by(status));                                \
		child = doomed(gate);                                                                                  \
		status = 0;                                                                                            \
		printf("did kill = %d %d\n", (without) == child, status);                                              \
		close(gate[1]);                                                                                        \
		while (!access("page", F_OK))                                                                          \
			usleep(1000);                                                                                  \
		EXPECT("foreign file page open release=unlink");                                                       \
		DID(without);                                                                                          \
	}
WAITS(wait, wait(&status), wait(none))
WAITS(__wait, __wait(&status), __wait(none))
WAITS(waitpid, waitpid(child, &status, 0), waitpid(child, none, 0))
WAITS(__waitpid, __waitpid(child, &status, 0), __waitpid(child, none, 0))
WAITS(wait3, wait3(&status, 0, NULL), wait3(none, 0, NULL))
WAITS(wait4, wait4(child, &status, 0, NULL), wait4(child, none, 0, NULL))

static pid_t by_waitid(pid_t child, int *status)
{
	siginfo_t told;

	if (waitid(P_PID, (id_t)child, status ? &told : NULL, WEXITED))
		return -1;
	if (status)
		*status = told.si_code == CLD_EXITED ? told.si_status << 8 : told.si_status;
	return child;
}
WAITS(waitid, by_waitid(child, &status), by_waitid(child, NULL))

/* ---- what the audit must know of ---- */

static void try_setenv(void)
{
	DID(setenv("", "x", 1));
	DID(setenv("PAGELEAK_SCOPE", "one", 1));
	make("page");
	DID(setenv("PAGELEAK_SCOPE", "two", 0));
	make("page2");
	EXPECT("leaked file page open scope=one");
	EXPECT("leaked file page2 open scope=one");
}

static void try_unsetenv(void)
{
	setenv("PAGELEAK_SCOPE", "one", 1);
	make("page");
	DID(unsetenv(""));
	DID(unsetenv("PAGELEAK_SCOPE"));
	make("page2");
	EXPECT("leaked file page open scope=one");
	EXPECT("leaked file page2 open");
}

static void try_putenv(void)
{
	static char pair[] = "PAGELEAK_SCOPE=put";

	DID(putenv(pair));
	make("page");
	EXPECT("leaked file page open scope=put");
}

static void try_clearenv(void)
{
	setenv("PAGELEAK_SCOPE", "one", 1);
	DID(clearenv());
	make("page");
	EXPECT("leaked file page open");
}

/* Is the unwinder there before a handler or a second thread can want it? */
static void expect_unwinder(void)
{
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	int found = 0;

	while (maps && fgets(line, sizeof line, maps))
		found |= strstr(line, "libunwind") != NULL;
	EXPECT("unwinder %s", found ? "ready" : "missing");
	EXPECT("leaked file page open");
}

static void on_signal(int number)
{
	(void)number;
	make("page");
}

#define SIGACTIONS(name)                                                                                               \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		struct sigaction action = {.sa_handler = on_signal}, old;                                              \
		DID(name(SIGKILL, &action, NULL));                                                                     \
		DID(name(SIGUSR1, &action, &old));                                                                     \
		DID(old.sa_handler == SIG_DFL);                                                                        \
		expect_unwinder();                                                                                     \
		DID(raise(SIGUSR1));                                                                                   \
	}
SIGACTIONS(sigaction)
SIGACTIONS(__sigaction)

#define SIGNALS(name)                                                                                                  \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		DID(name(SIGKILL, on_signal));                                                                         \
		DID(name(SIGUSR1, on_signal) == SIG_DFL);                                                              \
		expect_unwinder();                                                                                     \
		DID(raise(SIGUSR1));                                                                                   \
	}
SIGNALS(signal)
SIGNALS(ssignal)
SIGNALS(sysv_signal)
SIGNALS(__sysv_signal)
SIGNALS(bsd_signal)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
SIGNALS(sigset)
#pragma GCC diagnostic pop

/*
 * The snapshot signal, sent by one of the tree that is gone before anybody can ask who it was: the receiver ends, as
 * without an audit.
 */
#define SENDS(name, ...)                                                                                               \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		pid_t receiver = fork(), sender;                                                                       \
		int status = 0;                                                                                        \
                                                                                                                       \
		for (setpgid(receiver, receiver); !receiver;)                                                          \
			pause();                                                                                       \
		sender = fork();                                                                                       \
		if (!sender)                                                                                           \
			_exit(name(receiver, SIGUSR2 __VA_ARGS__));                                                    \
		waitpid(sender, &status, 0);                                                                           \
		printf("did " #name " = %d\n", status);                                                                \
		waitpid(receiver, &status, 0);                                                                         \
		printf("did end by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);                                 \
		make("page");                                                                                          \
		EXPECT("leaked file page open");                                                                       \
	}
SENDS(kill)
SENDS(killpg)
SENDS(sigqueue, , (union sigval){0})

static void *in_thread(void *unused)
{
	expect_unwinder();
	make("page");
	return unused;
}

static int in_c11_thread(void *unused)
{
	(void)unused;
	expect_unwinder();
	make("page");
	return 7;
}

static void try_pthread_create(void)
{
	pthread_t thread;

	DID(pthread_create(&thread, NULL, in_thread, NULL));
	DID(pthread_join(thread, NULL));
}

static void try_thrd_create(void)
{
	thrd_t thread;
	int result;

	DID(thrd_create(&thread, in_c11_thread, NULL));
	DID(thrd_join(thread, &result));
	DID(result);
}

static void try_dlopen(void)
{
	void *library = dlopen("libutil.so.1", RTLD_NOW | RTLD_DEEPBIND);

	make("page");
	EXPECT("leaked file page open");
	DID(library == NULL);
	EXPECT("limit loads libraries with RTLD_DEEPBIND");
}

static void try_dlmopen(void)
{
	void *library = dlmopen(LM_ID_BASE, "libutil.so.1", RTLD_NOW);

	make("page");
	EXPECT("leaked file page open");
	DID(library == NULL);
	library = dlmopen(LM_ID_NEWLM, "libutil.so.1", RTLD_NOW);
	make("other");
	EXPECT("leaked file other open");
	DID(library == NULL);
	EXPECT("limit loads libraries with dlmopen");
}

static void try_dlclose(void)
{
	make("page");
	EXPECT("leaked file page open");
	DID(dlclose(dlopen("libutil.so.1", RTLD_NOW)));
	make("other");
	EXPECT("leaked file other open");
	EXPECT("limit libraries unloaded");
}

static void try_chroot(void)
{
	if (geteuid())
		cannot("chroot: only for root");
	DID(chroot("missing"));
	DID(chroot("there"));
	make("page"); /* the current directory stays where it was, outside */
	EXPECT("leaked file page open");
	make("/inside");
	EXPECT("leaked file there/inside open");
	EXPECT("limit changed its root directory");
}

/* In a mount namespace of its own, with a file system in memory at "there": what is made there is gone when it ends. */
static void own_mounts(void)
{
	if (geteuid() || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		cannot("no mount namespaces here");
	if (mount("none", "there", "tmpfs", 0, NULL))
		cannot("no tmpfs here");
	make("there/before");
	EXPECT("vanished file there/before open");
}

static void mounts_changed(const char *directory)
{
	char path[64];

	snprintf(path, sizeof path, "%s/page", directory);
	make(path);
	EXPECT("vanished file %s open", path);
	EXPECT("limit : 1 pages that vanished after that may be on disk, out of sight");
}

static void try_mount(void)
{
	own_mounts();
	DID(mount("missing", "there", NULL, MS_BIND, NULL));
	DID(mount("none", "there", "tmpfs", 0, NULL)); /* what is in memory is nowhere else */
	make("there/more");
	EXPECT("vanished file there/more open");
	DID(mount("there", "there", NULL, MS_BIND, NULL));
	mounts_changed("there");
}

static void try_umount(void)
{
	own_mounts();
	DID(umount("missing"));
	DID(mount("none", "there", "tmpfs", 0, NULL));
	DID(umount("there"));
	mounts_changed("there");
}

static void try_umount2(void)
{
	own_mounts();
	DID(umount2("missing", MNT_DETACH));
	DID(mount("none", "there", "tmpfs", 0, NULL));
	DID(umount2("there", MNT_DETACH));
	mounts_changed("there");
}

static void try_move_mount(void)
{
	own_mounts();
	DID(mkdir("there/a", 0700));
	EXPECT("vanished directory there/a mkdir");
	DID(mkdir("there/b", 0700));
	EXPECT("vanished directory there/b mkdir");
	DID(mount("none", "there/a", "tmpfs", 0, NULL));
	DID(move_mount(AT_FDCWD, "missing", AT_FDCWD, "there/b", 0));
	DID(move_mount(AT_FDCWD, "there/a", AT_FDCWD, "there/b", 0));
	mounts_changed("there/b");
}

static void try_setns(void)
{
	char here[4096];
	int names = open("/proc/self/ns/mnt", O_RDONLY);

	own_mounts();
	DID(setns(-1, 0));
	DID(getcwd(here, sizeof here) != NULL);
	DID(setns(names, CLONE_NEWNS)); /* back to the first: it brings its own current directory */
	DID(chdir(here));
	DID(unshare(CLONE_NEWNS));
	DID(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	DID(mount("none", "there", "tmpfs", 0, NULL));
	mounts_changed("there");
}

/* Can another user run this program where it lies? */
static int others_may_run(uid_t user)
{
	int status = -1;
	pid_t child = fork();

	if (!child) {
		syscall(SYS_setresgid, user, user, user);
		syscall(SYS_setresuid, user, user, user);
		_exit(access(self, X_OK) != 0);
	}
	waitpid(child, &status, 0);
	return status == 0;
}

/* The image after this is another user's: it must be able to open the journal. */
#define USERS(name, ...)                                                                                               \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		if (geteuid())                                                                                         \
			cannot(#name ": only for root");                                                               \
		if (!others_may_run(65534))                                                                            \
			cannot(#name ": another user cannot reach this directory");                                    \
		DID(setgid(65534));                                                                                    \
		DID(name(__VA_ARGS__));                                                                                \
		DID(geteuid());                                                                                        \
		DID(syscall(SYS_setresuid, 65534, 65534, 65534)); /* a real user of another name gets no preload */    \
		EXPECT("leaked file page open");                                                                       \
		fails(execv(self, after_argv));                                                                        \
	}
USERS(setuid, 65534)
USERS(seteuid, 65534)
USERS(setreuid, 65534, 65534)
USERS(setresuid, 65534, 65534, 65534)

static void try_prctl(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};
	char name[16] = "";

	DID(prctl(PR_SET_NAME, "renamed"));
	DID(prctl(PR_GET_NAME, name));
	DID(strcmp(name, "renamed"));
	DID(prctl(-5));
	DID(prctl(PR_SET_SECCOMP, 99));
	make("page");
	EXPECT("leaked file page open");
	DID(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DID(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	EXPECT("limit installed a seccomp filter");
}

static void try_pipe2(void)
{
	int descriptors[2];

	DID(pipe2(descriptors, -1));
	DID(pipe2(descriptors, O_CLOEXEC));
	DID(descriptors[0]);
	DID(descriptors[1]);
	make("page");
	EXPECT("leaked file page open");
}

/* What it does for the calls that matter is the matter of syscalls.c. */
static void try_syscall(void)
{
	DID(syscall(-5));
	DID(syscall(99999));
	DID(syscall(SYS_getpid) == getpid());
	DID(syscall(SYS_write, -5, "x", 1));
	DID(syscall(SYS_mkdirat, AT_FDCWD, "page", 0700));
	EXPECT("leaked directory page mkdirat raw");
}

/* ---- limits: what the journal takes of the address space must not count ---- */

static long locked_kib(void)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");
	long found = -1;

	while (status && fgets(line, sizeof line, status))
		sscanf(line, "VmLck: %ld", &found);
	return found;
}

static void try_mlockall(void)
{
	DID(mlockall(-1));
	DID(mlockall(MCL_CURRENT));
	DID(locked_kib() < 100000);
	make("page");
	EXPECT("leaked file page open");
}

#define LIMITS(name, structure, ...)                                                                                   \
	static void try_##name(void)                                                                                   \
	{                                                                                                              \
		struct structure limit = {512 << 20, 512 << 20};                                                       \
		DID(name(__VA_ARGS__ - 1, &limit OLD));                                                                \
		DID(name(__VA_ARGS__ RLIMIT_AS, &limit OLD));                                                          \
		DID(mmap(NULL, 400 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);               \
		DID(mmap(NULL, 400 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);               \
		make("page");                                                                                          \
		EXPECT("leaked file page open");                                                                       \
	}
#define OLD
LIMITS(setrlimit, rlimit)
LIMITS(setrlimit64, rlimit64)
#undef OLD
#define OLD , NULL
LIMITS(prlimit, rlimit, 0, )
LIMITS(prlimit64, rlimit64, 0, )

static const struct {
	const char *name;
	void (*call)(void);
} exercises[] = {
	{"after", after},
	{"cleared", cleared},
#define HOOK(id, type, name, ...) {#name, try_##name},
#define ODD(id, type, name, parameters) {#name, try_##name},
#include "hooks.def"
};

int main(int argc, char **argv)
{
	static char lines[1 << 16], path[4096];

	setvbuf(stdout, lines, _IOLBF, sizeof lines);
	if (readlink("/proc/self/exe", path, sizeof path - 1) < 0)
		return 1;
	self = path;
	for (size_t i = 0; argc == 2 && i < sizeof exercises / sizeof *exercises; i++)
		if (!strcmp(argv[1], exercises[i].name)) {
			exercises[i].call();
			return 0;
		}
	return 2;
}
