/*
 * unseen.c - a program that is linked statically, so that nothing of it is seen.
 *
 *   unseen PATH...         makes directories (names with a slash at the end) and files of 4 KiB
 *   unseen -i COMMAND...   runs COMMAND with an environment of TMPDIR alone, like `env -i`
 *   unseen -e COMMAND...   runs COMMAND with the environment that it has itself
 *   unseen -u PATH...      linked dynamically: sets up io_uring, then makes PATHs by system calls that nobody sees
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(char **argv, int clear)
{
	static char value[4096];
	char *only[] = {value, NULL};
	int status = 0;
	snprintf(value, sizeof value, "TMPDIR=%s", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	pid_t child = fork();
	if (child == 0) {
		execve(argv[0], argv, clear ? only : environ);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static int make(const char *path)
{
	static char page[4096];
	size_t size = strlen(path);
	if (size && path[size - 1] == '/')
		return mkdir(path, 0755);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);
	return fd < 0 || write(fd, page, sizeof page) != (ssize_t)sizeof page || close(fd) ? -1 : 0;
}

/* What a ring would do, without one. */
static int make_by_hand(char **paths)
{
	char parameters[256] = {0};
	if (syscall(SYS_io_uring_setup, 1, parameters) < 0) {
		puts("io_uring is not allowed here");
		return 77;
	}
	for (; *paths; paths++) {
#ifdef __x86_64__
		long result = SYS_open;
		register long mode __asm__("rdx") = 0600;
		__asm__ volatile("syscall"
				 : "+a"(result)
				 : "D"(*paths), "S"(O_CREAT | O_EXCL | O_WRONLY), "r"(mode)
				 : "rcx", "r11", "memory");
		if (result < 0)
			return 1;
#else
		return 77;
#endif
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "-u"))
		return make_by_hand(argv + 2);
	if (argc > 2 && argv[1][0] == '-')
		return start(argv + 2, argv[1][1] == 'i');
	for (int i = 1; i < argc; i++)
		if (make(argv[i])) {
			perror(argv[i]);
			return 1;
		}
	return 0;
}
