/*
 * events.c - makes and removes files at a steady rate: what `pageleak top` has to keep up with.
 *   events DIRECTORY EVENTS_A_SECOND SECONDS     prints how many a second it came to
 * Of 100 files one stays, and 10,000 are there at any time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THERE = 10000, LEFT_EVERY = 100 };

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make(const char *directory, long number)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%ld", directory, number);
	int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (descriptor >= 0)
		close(descriptor);
	if (number < THERE || (number - THERE) % LEFT_EVERY == 0)
		return;
	snprintf(path, sizeof path, "%s/%ld", directory, number - THERE);
	unlink(path);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 125;
	double rate = atof(argv[2]) / 2, seconds = atof(argv[3]), began = now();
	long made = 0;
	for (double passed = 0; passed < seconds; passed = now() - began) {
		while ((double)made < passed * rate && now() - began < seconds)
			make(argv[1], made++);
		usleep(1000);
	}
	printf("%.0f\n", 2 * (double)made / seconds);
	return 0;
}
