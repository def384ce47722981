/*
 * pool.c THREADS PAGES FORKS - each thread makes and unlinks PAGES pages of its own; while they do, the main thread
 * forks FORKS children, one after the other, each of which makes and unlinks 100 pages and leaves one more.
 *
 * THREADS * PAGES + FORKS * 100 pages released, FORKS pages leaked or kept ("child-N").
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int pages;

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	if (fd < 0 || close(fd))
		abort();
}

static void *work(void *number)
{
	char path[64];

	for (int i = 0; i < pages; i++) {
		snprintf(path, sizeof path, "thread-%ld-%d", (long)number, i);
		make(path);
		if (unlink(path))
			abort();
	}
	return NULL;
}

static void child(int number)
{
	char path[64];

	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof path, "child-%d-%d", number, i);
		make(path);
		if (unlink(path))
			abort();
	}
	snprintf(path, sizeof path, "child-%d", number);
	make(path);
	_exit(0);
}

int main(int argc, char **argv)
{
	int threads = atoi(argv[1]), forks = atoi(argv[3]), status;
	pthread_t thread[64];

	pages = atoi(argv[2]);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)i))
			return 1;
	for (int i = 0; i < forks; i++) {
		pid_t pid = fork();

		if (pid == 0)
			child(i);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 2;
	}
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return argc != 4;
}
