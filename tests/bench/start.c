/*
 * start.c - how long a process takes from posix_spawn to its end, with two environments in turn.
 *
 *     start RUNS PROGRAM SETTING_A.. -- SETTING_B..     prints the medians of A, of B, and of B - A, in us
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define SETTINGS 16

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run(const char *program, char **environment)
{
	char *arguments[] = {(char *)program, NULL};
	double start = now_us();
	pid_t child;
	int status;

	if (posix_spawn(&child, program, NULL, NULL, arguments, environment) || waitpid(child, &status, 0) != child ||
	    status)
		exit(1);
	return now_us() - start;
}

int main(int argc, char **argv)
{
	char *environments[2][SETTINGS + 1] = {{NULL}};
	int which = 0, used = 0, runs = argc > 2 ? atoi(argv[1]) : 0;

	for (int i = 3; i < argc && used < SETTINGS; i++) {
		if (strcmp(argv[i], "--") == 0)
			which = 1, used = 0;
		else
			environments[which][used++] = argv[i];
	}
	if (runs < 1)
		return 2;
	double *times[3];
	for (int i = 0; i < 3; i++)
		times[i] = calloc((size_t)runs, sizeof **times);
	for (int i = 0; i < runs; i++) {
		times[0][i] = run(argv[2], environments[0]);
		times[1][i] = run(argv[2], environments[1]);
		times[2][i] = times[1][i] - times[0][i];
	}
	for (int i = 0; i < 3; i++) {
		qsort(times[i], (size_t)runs, sizeof **times, compare);
		printf("%.1f ", times[i][runs / 2]);
	}
	printf("\n");
	return 0;
}
