/*
 * rights.c DIRECTORY [leave] - what a program with rights of its own (setuid, setgid, file capabilities) does with
 * files: makes and removes a page, starts a shell that does the same, and leaves a page each when told so. Prints who
 * it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (fd < 0 || write(fd, path, strlen(path)) < 0 || close(fd)) {
		perror(path);
		exit(1);
	}
}

static int shell(const char *script)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child ? status : -1;
}

int main(int argc, char **argv)
{
	int leave = argc > 2 && !strcmp(argv[2], "leave");

	if (argc < 2 || chdir(argv[1]))
		return 2;
	printf("user %d %d group %d %d secure %lu\n", (int)getuid(), (int)geteuid(), (int)getgid(), (int)getegid(),
	       getauxval(AT_SECURE));
	make("gone");
	if (unlink("gone"))
		return 1;
	printf("shell %d\n", shell("echo $LD_PRELOAD; : > shell-gone; rm shell-gone"));
	if (leave) {
		make("left");
		printf("shell %d\n", shell(": > shell-left"));
	}
	return 3;
}
