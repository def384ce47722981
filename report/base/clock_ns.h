/*
 * clock_ns.h - reads clocks in nanoseconds.
 */
#ifndef PAGELEAK_CLOCK_NS_H
#define PAGELEAK_CLOCK_NS_H

#include <stdint.h>
#include <time.h>

/* The time of a clock of clock_gettime(2), in nanoseconds. */
uint64_t clock_ns(clockid_t clock);

#endif
