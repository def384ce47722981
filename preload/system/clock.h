/*
 * clock.h - the kernel's clock, which birth times are taken from. clock_gettime may be another library's (libfaketime), or
 * the program's own. Any thread, any handler; errno is kept.
 */
#ifndef PAGELEAK_CLOCK_H
#define PAGELEAK_CLOCK_H

#include <time.h>

/* Finds the kernel's own function; from the constructor. Without it each reading is a system call. */
void clock_open(void);
void clock_read(clockid_t clock, struct timespec *now);

#endif
