/*
 * clock_ns.c - reads clocks in nanoseconds.
 */
#include "base/clock_ns.h"

uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
