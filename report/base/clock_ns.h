/*
 * clock_ns.h - clocks in nanoseconds.
 */
#ifndef PAGELEAK_CLOCK_NS_H
#define PAGELEAK_CLOCK_NS_H

#include <stdint.h>
#include <time.h>

/* What the clock says now, in nanoseconds. */
uint64_t clock_ns(clockid_t clock);

#endif
