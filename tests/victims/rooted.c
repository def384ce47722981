/*
 * rooted.c CASE ROOT - changes its root directory to ROOT, which has a directory tmp, and goes on making names.
 *
 *   itself    makes names in every way, before and after, and leaves some
 *   twice     changes its root directory again, to one below the first
 *   child     a child that it makes afterwards leaves a page
 *   descriptor  makes a page in a directory that it opened before
 *   system    has libc start a shell there
 *   run ROOT PROGRAM...   becomes another program there
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0 || close(fd))
		fail(path);
}

static void enter(const char *root)
{
	if (chroot(root))
		fail("chroot");
}

static void itself(const char *root)
{
	char template[] = "/tmp/page-XXXXXX";
	int fd, outside = open(".", O_RDONLY | O_DIRECTORY);

	make("before");
	enter(root);
	make("between"); /* the current directory lies outside */
	if (chdir("/"))
		fail("/");
	make("tmp/relative");
	make("/tmp/gone");
	make("/tmp/moved");
	make("/tmp/linked");
	fd = mkstemp(template);
	if (fd < 0 || unlink("/tmp/gone") || rename("/tmp/moved", "/output") || link("/tmp/linked", "/tmp/link"))
		fail("/tmp");
	if (mkdir("/tmp/directory", 0700) || chdir("/tmp/directory"))
		fail("/tmp/directory");
	make("../up");
	make("in");
	if (unlinkat(outside, "between", 0))
		fail("between");
}

static void twice(const char *root)
{
	enter(root);
	if (chdir("/") || mkdir("/second", 0755) || mkdir("/second/tmp", 0755))
		fail("/second");
	make("/tmp/first");
	enter("second");
	make("/tmp/second");
}

static void child(const char *root)
{
	int status;

	enter(root);
	if (chdir("/"))
		fail("/");
	if (fork() == 0) {
		make("/tmp/child");
		_exit(5);
	}
	wait(&status);
	printf("%d\n", WEXITSTATUS(status));
}

static void descriptor(const char *root)
{
	int outside = mkdir("outside", 0755) ? -1 : open("outside", O_RDONLY | O_DIRECTORY);

	enter(root);
	if (chdir("/") || mkdirat(outside, "page", 0700))
		fail("page");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "itself")) {
		itself(argv[2]);
	} else if (!strcmp(argv[1], "twice")) {
		twice(argv[2]);
	} else if (!strcmp(argv[1], "child")) {
		child(argv[2]);
	} else if (!strcmp(argv[1], "descriptor")) {
		descriptor(argv[2]);
	} else if (!strcmp(argv[1], "system")) {
		enter(argv[2]);
		printf("%d\n", chdir("/") ? -1 : system(": > /tmp/by-shell"));
	} else {
		enter(argv[2]);
		if (chdir("/"))
			fail("/");
		execv(argv[3], argv + 3);
		fail(argv[3]);
	}
	return 0;
}
