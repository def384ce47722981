/*
 * hooks_seccomp.h - around the installation of a seccomp filter, by prctl(2) or seccomp(2): none of the library's own
 * system calls may run under one.
 */
#ifndef PAGELEAK_HOOKS_SECCOMP_H
#define PAGELEAK_HOOKS_SECCOMP_H

#include "format.h"
#include <stdbool.h>

/* Before the call. `installs` false: it does something else. Returns a note for hooks_seccomp_end. */
struct journal_note *hooks_seccomp_begin(bool installs);
/* After the call. `result` below 0: it has failed, and recording goes on. */
void hooks_seccomp_end(struct journal_note *note, bool installs, long result);

#endif
