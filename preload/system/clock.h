/*
 * clock.h - reads the kernel's clocks past libc: clock_gettime may be replaced by a library (libfaketime) or by the
 * program, and record times must compare with the birth times of files. Any thread, any signal handler; errno is kept.
 */
#ifndef PAGELEAK_CLOCK_H
#define PAGELEAK_CLOCK_H

#include <time.h>

/* Finds the kernel's function in the vDSO. From the constructor; without it, each reading is a system call. */
void clock_open(void);
/* Reads `clock`, one of CLOCK_*. */
void clock_read(clockid_t clock, struct timespec *now);

#endif
