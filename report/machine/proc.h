/*
 * proc.h - reads /proc: processes, their threads, mappings and descriptors. Nothing else of the report opens files there. It only
 * reads; no process is stopped or attached to. Numbers of processes are those of this pid namespace.
 */
#ifndef PAGELEAK_PROC_H
#define PAGELEAK_PROC_H

#include "base/arena.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_OWN_EXE "/proc/self/exe" /* the file of this program */
enum { PROC_NAME_SIZE = 80 };         /* of the name of a file of a process or a thread */

/* ---- one process ---- */

struct proc_stat {
	char state; /* as in ps(1): 'R', 'S', 'Z' ... */
	pid_t parent;
	uint64_t started_ns; /* CLOCK_REALTIME, to hundredths of a second; 0: not known */
};
/* False when there is no such process, or thread `tid` of it. */
bool proc_stat(pid_t pid, struct proc_stat *out);
bool proc_thread_stat(pid_t pid, pid_t tid, struct proc_stat *out);

/* 0 when the process is gone. */
pid_t proc_parent(pid_t pid);
/* Is there a process of that number, be it one that has ended and was not waited for? */
bool proc_exists(pid_t pid);
/* Does any thread of it run? The first one may have ended before the others. */
bool proc_runs(pid_t pid);
/* Does it run with the effective user id of this one, or is this one root? */
bool proc_is_ours(pid_t pid);

/* The path of its program; "" when that cannot be read. */
struct text proc_exe(struct arena *arena, pid_t pid);
/* Its short name, of at most 15 bytes; "" when that cannot be read. */
struct text proc_comm(struct arena *arena, pid_t pid);
/* Copies up to `size` bytes of its arguments, each of which ends in NUL. Gives how many. */
size_t proc_cmdline(pid_t pid, char *out, size_t size);

/* Its threads; `*count` is how many. NULL when they cannot be listed. */
pid_t *proc_threads(struct arena *arena, pid_t pid, size_t *count);
/* The processes that a thread of it has started. NULL when that cannot be read. */
pid_t *proc_children(struct arena *arena, pid_t pid, pid_t tid, size_t *count);

/* ---- what it has open ---- */

/* A name by which its descriptor can be opened or have its status read, should it exist. */
const char *proc_descriptor(struct arena *arena, pid_t pid, int descriptor);
/* Calls `visit` for each descriptor, `link` being such a name. */
void proc_each_descriptor(pid_t pid, void (*visit)(void *context, pid_t pid, int descriptor, const char *link),
			  void *context);

/* One line of its `maps`. */
struct proc_mapping {
	unsigned long start, end;
	uint64_t device,
		inode; /* device: as in struct identity. Some file systems show another one than stat(2) does */
	bool shared;
	bool deleted;     /* " (deleted)" stands behind the name */
	const char *path; /* with that mark; "" of no file. Valid during the visit */
	size_t path_size; /* without the mark */
};
/* Calls `visit` for each mapping until it gives true. Gives 1 then, 0 when all were visited, -errno when they cannot be read. */
int proc_each_mapping(pid_t pid, bool (*visit)(void *context, pid_t pid, const struct proc_mapping *mapping),
		      void *context);
/* Writes to `out` a name by which the file of a mapping can be opened, even when it has no other; that takes privileges. Gives `out`. */
const char *proc_mapped_file(char out[static PROC_NAME_SIZE], pid_t pid, const struct proc_mapping *mapping);
/* A name of `path` as the process sees it, below its root directory. */
const char *proc_in_root(struct arena *arena, pid_t pid, const char *path);

/* ---- the machine ---- */

/* Calls `visit` for each process until it gives true; gives whether it did. */
bool proc_each(bool (*visit)(void *context, pid_t pid), void *context);
/* When the machine was started, CLOCK_REALTIME; 0: not known. */
uint64_t proc_boot_ns(void);
/* The inode of the pid namespace of this process; 0: not known. */
uint64_t proc_pid_space(void);

#endif
