/*
 * proc.h - what /proc says of a process.
 */
#ifndef PAGELEAK_PROC_H
#define PAGELEAK_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* State as in ps(1), and parent, of a `stat` file of /proc; false if it is gone. */
bool proc_read_stat(const char *path, char *state, int *parent);

/* 0 if it is gone. */
pid_t proc_parent(pid_t pid);

#endif
