/*
 * pages.c - creates, closes and unlinks one file, over and over, below a number of frames: what does a page cost?
 *
 *     pages PATH DEPTH BATCHES PER_BATCH     prints the median of the batches, in ns a page
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double batch(const char *path, int count)
{
	double start = now_ns();

	for (int i = 0; i < count; i++) {
		int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
		if (fd < 0) {
			perror(path);
			exit(1);
		}
		close(fd);
		unlink(path);
	}
	return (now_ns() - start) / count;
}

/* The volatile keeps the compiler from turning the recursion into a loop. */
__attribute__((noinline)) static int below(int frames, const char *path, double *times, int batches, int count)
{
	volatile int depth = frames;

	if (depth > 0)
		return below(depth - 1, path, times, batches, count) + depth - depth;
	for (int i = 0; i < batches; i++)
		times[i] = batch(path, count);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	int batches = atoi(argv[3]);
	double *times = calloc((size_t)batches, sizeof *times);
	below(atoi(argv[2]), argv[1], times, batches, atoi(argv[4]));
	qsort(times, (size_t)batches, sizeof *times, compare);
	printf("%.1f\n", times[batches / 2]);
	return 0;
}
