/*
 * syscalls.c NAME - makes one system call of preload/format/syscalls.def by syscall(2), in its failing ways and then so
 * that it works. What it prints and where it is started: see hooks.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *self;

#define DID(...)                                                                                                       \
	do {                                                                                                           \
		errno = 0;                                                                                             \
		long result_ = syscall(SYS_##__VA_ARGS__);                                                             \
		int errno_ = errno;                                                                                    \
		printf("did %s = %ld %d\n", #__VA_ARGS__, result_, errno_);                                            \
	} while (0)
#define EXPECT(...) printf("expect " __VA_ARGS__), puts("")

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

static void at_end(void (*handler)(void))
{
	if (atexit(handler))
		abort();
}

#ifdef SYS_open
static void try_open(void)
{
	DID(open, "missing/page", O_CREAT | O_WRONLY, 0640);
	DID(open, "old", O_CREAT | O_WRONLY, 0640);
	DID(open, ".", O_TMPFILE | O_RDWR, 0640);
	DID(open, "page", O_CREAT | O_WRONLY, 0640);
	EXPECT("leaked file page open raw");
}

static void try_creat(void)
{
	DID(creat, "there", 0640);
	DID(creat, "old", 0640);
	DID(creat, "page", 0640);
	EXPECT("leaked file page creat raw");
}

static void try_mkdir(void)
{
	DID(mkdir, "there", 0700);
	DID(mkdir, "page", 0700);
	EXPECT("leaked directory page mkdir raw");
}

static void try_mknod(void)
{
	DID(mknod, "old", S_IFIFO | 0600, 0);
	DID(mknod, "page", S_IFIFO | 0600, 0);
	EXPECT("leaked fifo page mknod raw");
}

static void try_link(void)
{
	DID(link, "missing", "page");
	DID(link, "old", "page");
	EXPECT("leaked file page link raw");
}

static void try_symlink(void)
{
	DID(symlink, "nowhere", "old");
	DID(symlink, "nowhere", "page");
	EXPECT("leaked symlink page symlink raw");
}

static void end_unlink(void)
{
	DID(unlink, "there");
	DID(unlink, "page");
}

static void try_unlink(void)
{
	make("page");
	at_end(end_unlink);
	EXPECT("late file page open release=unlink");
}

static void end_rmdir(void)
{
	DID(rmdir, "old");
	DID(rmdir, "page");
}

static void try_rmdir(void)
{
	if (mkdir("page", 0700))
		abort();
	at_end(end_rmdir);
	EXPECT("late directory page mkdir release=rmdir");
}

static void end_rename(void)
{
	DID(rename, "page", "over");
}

static void try_rename(void)
{
	DID(rename, "missing", "page");
	make("new");
	DID(rename, "new", "page");
	make("over");
	at_end(end_rename);
	EXPECT("leaked file over open from=new");
	EXPECT("late file over open release=rename");
}
#endif

static void try_openat(void)
{
	DID(openat, -5, "page", O_CREAT | O_WRONLY, 0640);
	DID(openat, AT_FDCWD, "old", O_CREAT | O_WRONLY, 0640);
	DID(openat, there(), "page", O_CREAT | O_WRONLY, 0640);
	EXPECT("leaked file there/page openat raw");
}

static void try_openat2(void)
{
	struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0640};

	DID(openat2, AT_FDCWD, "page", NULL, sizeof how);
	DID(openat2, AT_FDCWD, "old", &how, sizeof how);
	DID(openat2, there(), "page", &how, sizeof how);
	EXPECT("leaked file there/page openat2 raw");
}

static void try_mkdirat(void)
{
	DID(mkdirat, AT_FDCWD, "there", 0700);
	DID(mkdirat, there(), "page", 0700);
	EXPECT("leaked directory there/page mkdirat raw");
}

static void try_mknodat(void)
{
	DID(mknodat, AT_FDCWD, "old", S_IFREG | 0600, 0);
	DID(mknodat, there(), "page", S_IFREG | 0600, 0);
	EXPECT("leaked file there/page mknodat raw");
}

static void try_linkat(void)
{
	DID(linkat, AT_FDCWD, "missing", AT_FDCWD, "page", 0);
	DID(linkat, AT_FDCWD, "old", there(), "page", 0);
	EXPECT("leaked file there/page linkat raw");
}

static void try_symlinkat(void)
{
	DID(symlinkat, "nowhere", AT_FDCWD, "old");
	DID(symlinkat, "nowhere", there(), "page");
	EXPECT("leaked symlink there/page symlinkat raw");
}

static void end_unlinkat(void)
{
	DID(unlinkat, AT_FDCWD, "page", AT_REMOVEDIR);
	DID(unlinkat, AT_FDCWD, "page", 0);
}

static void try_unlinkat(void)
{
	make("page");
	at_end(end_unlinkat);
	EXPECT("late file page open release=unlinkat");
}

static void end_renameat(void)
{
	DID(renameat, AT_FDCWD, "page", AT_FDCWD, "over");
}

static void try_renameat(void)
{
	make("new");
	DID(renameat, AT_FDCWD, "new", AT_FDCWD, "page");
	make("over");
	at_end(end_renameat);
	EXPECT("leaked file over open from=new");
	EXPECT("late file over open release=renameat");
}

static void end_renameat2(void)
{
	DID(renameat2, AT_FDCWD, "page", AT_FDCWD, "over", RENAME_NOREPLACE);
	DID(renameat2, AT_FDCWD, "page", AT_FDCWD, "over", 0);
}

static void try_renameat2(void)
{
	make("new");
	DID(renameat2, AT_FDCWD, "new", AT_FDCWD, "page", 0);
	make("over");
	at_end(end_renameat2);
	EXPECT("leaked file over open from=new");
	EXPECT("late file over open release=renameat2");
}

static void try_bind(void)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "old"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	DID(bind, fd, &local, sizeof local);
	strcpy(local.sun_path, "page");
	DID(bind, fd, &local, sizeof local);
	EXPECT("leaked socket page bind raw");
}

static const char *tagged(void)
{
	static char name[64];

	snprintf(name, sizeof name, "pageleak-test-%s", getenv("TEST_TAG"));
	return name;
}

static void try_mq_open(void)
{
	DID(mq_open, "none-of-that-name", O_RDWR, 0, NULL);
	DID(mq_open, tagged(), O_CREAT | O_RDWR, 0600, NULL);
	DID(mq_open, tagged(), O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
	EXPECT("leaked file /dev/mqueue/%s mq_open raw", tagged());
}

static void end_mq_unlink(void)
{
	DID(mq_unlink, "none-of-that-name");
	DID(mq_unlink, tagged());
}

static void try_mq_unlink(void)
{
	char name[80];

	snprintf(name, sizeof name, "/%s", tagged());
	mq_open(name, O_CREAT | O_RDWR, 0600, NULL);
	at_end(end_mq_unlink);
	EXPECT("late file /dev/mqueue/%s mq_open release=mq_unlink", tagged());
}

static char *after_argv[] = {"syscalls", "after", NULL}, *true_argv[] = {"true", NULL};
static char *cleared_argv[] = {"syscalls", "cleared", NULL}, *nothing[] = {NULL};

static void after(void)
{
	make("page");
}

static void cleared(void)
{
	make("cleared");
}

static void try_execve(void)
{
	DID(execve, "missing", true_argv, environ);
	if (!fork()) {
		syscall(SYS_execve, self, cleared_argv, nothing);
		abort();
	}
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	syscall(SYS_execve, self, after_argv, environ);
	abort();
}

static void try_execveat(void)
{
	DID(execveat, AT_FDCWD, "missing", true_argv, environ, 0);
	if (!fork()) {
		syscall(SYS_execveat, AT_FDCWD, self, cleared_argv, nothing, 0);
		abort();
	}
	wait(NULL);
	EXPECT("leaked file cleared open");
	EXPECT("leaked file page open");
	syscall(SYS_execveat, AT_FDCWD, self, after_argv, environ, 0);
	abort();
}

static void try_exit_group(void)
{
	make("page");
	EXPECT("leaked file page open");
	EXPECT("status 9");
	syscall(SYS_exit_group, 9);
}

static void end_setsid(void)
{
	unlink("page");
}

static void try_setsid(void)
{
	pid_t parent = getpid();

	make("page");
	if (fork())
		_exit(0);
	printf("did setsid = %d\n", syscall(SYS_setsid) == getpid());
	while (getppid() == parent)
		usleep(1000);
	atexit(end_setsid);
	EXPECT("late file page open release=unlink");
}

static void try_chroot(void)
{
	if (geteuid()) {
		puts("chroot: only for root");
		_exit(77);
	}
	DID(chroot, "missing");
	DID(chroot, "there");
	make("page"); /* the current directory stays where it was, outside */
	EXPECT("leaked file page open");
	make("/inside");
	EXPECT("leaked file there/inside open");
	EXPECT("limit changed its root directory");
}

/* As in hooks.c. */
static void own_mounts(void)
{
	if (geteuid() || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "there", "tmpfs", 0, NULL)) {
		puts("no mount namespaces here");
		_exit(77);
	}
	make("there/before");
	EXPECT("vanished file there/before open");
}

static void mounts_changed(const char *path)
{
	make(path);
	EXPECT("vanished file %s open", path);
	EXPECT("limit : 1 pages that vanished after that may be on disk, out of sight");
}

static void try_mount(void)
{
	own_mounts();
	DID(mount, "missing", "there", NULL, MS_BIND, NULL);
	DID(mount, "there", "there", NULL, MS_BIND, NULL);
	mounts_changed("there/page");
}

static void try_umount2(void)
{
	own_mounts();
	DID(mount, "none", "there", "tmpfs", 0, NULL);
	DID(umount2, "missing", 0);
	DID(umount2, "there", 0);
	mounts_changed("there/page");
}

static void try_move_mount(void)
{
	own_mounts();
	mkdir("there/a", 0700);
	EXPECT("vanished directory there/a mkdir");
	mkdir("there/b", 0700);
	EXPECT("vanished directory there/b mkdir");
	DID(mount, "none", "there/a", "tmpfs", 0, NULL);
	DID(move_mount, AT_FDCWD, "missing", AT_FDCWD, "there/b", 0);
	DID(move_mount, AT_FDCWD, "there/a", AT_FDCWD, "there/b", 0);
	mounts_changed("there/b/page");
}

static void try_pivot_root(void)
{
	own_mounts();
	mkdir("there/old", 0700);
	EXPECT("vanished directory there/old mkdir");
	DID(pivot_root, "missing", "there/old");
	DID(pivot_root, "there", "there/old");
	mounts_changed("/page-of-pivot-root");
}

static void try_setns(void)
{
	char here[4096];
	int names = open("/proc/self/ns/mnt", O_RDONLY);

	own_mounts();
	DID(setns, -1, 0);
	printf("did getcwd = %d\n", getcwd(here, sizeof here) != NULL);
	DID(setns, names, CLONE_NEWNS);
	if (chdir(here) || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "there", "tmpfs", 0, NULL))
		abort();
	mounts_changed("there/page");
}

static void try_io_uring_setup(void)
{
	char parameters[256] = "";

	long fd = syscall(SYS_io_uring_setup, 1, parameters);
	if (fd < 0) {
		printf("io_uring_setup: %s\n", strerror(errno));
		_exit(77);
	}
	EXPECT("limit uses io_uring");
}

static void try_seccomp(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};

	DID(seccomp, 99, 0, &program);
	make("page");
	EXPECT("leaked file page open");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	DID(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	EXPECT("limit installed a seccomp filter");
}

static const struct {
	const char *name;
	void (*call)(void);
} exercises[] = {
	{"after", after},
	{"cleared", cleared},
#define SYSCALL(number, ...) {#number, try_##number},
#include "syscalls.def"
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
