/*
 * progress.c - shows on a terminal how far a long step has come.
 */
#include "base/progress.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000, BETWEEN_MS = 100, STEPS = 256 /* between two readings of the clock */ };

static struct {
	bool allowed, shown;
	uint64_t steps;
	long begun_ms, last_ms;
} line;

static long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_allow(void)
{
	const char *term = getenv("TERM");
	line.allowed = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
	line.begun_ms = now_ms();
}

static void show(const char *what, uint64_t done, uint64_t total)
{
	if (total)
		fprintf(stderr, "\r\033[Kpageleak: %s: %d %%", what,
			(int)(done >= total ? 100 : (double)done * 100 / (double)total));
	else
		fprintf(stderr, "\r\033[Kpageleak: %s: %llu", what, (unsigned long long)done);
	fflush(stderr);
	line.shown = true;
}

void progress_step(const char *what, uint64_t done, uint64_t total)
{
	if (line.allowed && line.steps++ % STEPS == 0)
		progress_long_step(what, done, total);
}

void progress_long_step(const char *what, uint64_t done, uint64_t total)
{
	long now = line.allowed ? now_ms() : 0;
	if (now - line.begun_ms < PATIENCE_MS || now - line.last_ms < BETWEEN_MS)
		return;
	line.last_ms = now;
	show(what, done, total);
}

void progress_clear(void)
{
	if (!line.shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	line.shown = false;
}
