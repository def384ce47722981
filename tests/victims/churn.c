/*
 * churn.c SECONDS - four processes make, rename, link, replace and remove files of their own as fast as they can, each
 * with at most 50 names at a time, and now and then a child that does a few more. Meant to be killed at any moment:
 * what is on disk then is leaked, and nothing else.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	if (fd >= 0)
		close(fd);
}

static void step(int worker, unsigned random)
{
	char a[64], b[64];

	snprintf(a, sizeof a, "w%d-%u", worker, random % 23);
	snprintf(b, sizeof b, "w%d-%u", worker, random / 23 % 23);
	switch (random / 1000 % 7) {
	case 0:
	case 1:
		make(a);
		break;
	case 2:
		rename(a, b);
		break;
	case 3:
		link(a, b);
		break;
	case 4:
		unlink(a);
		break;
	case 5:
		if (mkdir(a, 0700))
			rmdir(a);
		break;
	default:
		symlink("nowhere", b);
	}
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + atoi(argv[1]);

	for (int worker = 0; worker < 4; worker++)
		if (fork() == 0) {
			unsigned random = (unsigned)(worker * 7919 + getpid());
			for (int i = 0; time(NULL) < end; i++) {
				random = random * 1103515245 + 12345;
				step(worker, random >> 4);
				if (i % 300 == 299) {
					if (fork() == 0) {
						for (int k = 0; k < 20; k++)
							step(worker, random = random * 1103515245 + 12345);
						_exit(0);
					}
					wait(NULL);
				}
			}
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	return argc != 2;
}
