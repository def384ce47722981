/*
 * proc.h - reads /proc: processes, their threads, mappings and descriptors. No other file of the report makes
 * paths there. Stops no process and attaches to none. Pids are those of the pid namespace of this process.
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
/* Reads `stat` of a process, or of a thread of it. False when it does not exist. */
bool proc_stat(pid_t pid, struct proc_stat *out);
bool proc_thread_stat(pid_t pid, pid_t tid, struct proc_stat *out);

/* The parent of a process; 0 when the process does not exist. */
pid_t proc_parent(pid_t pid);
/* Does a process of that number exist? A zombie does. */
bool proc_exists(pid_t pid);
/* Does any thread of the process run? The first thread may end before the others. */
bool proc_runs(pid_t pid);
/* Does this user own the process? Root owns all. */
bool proc_is_ours(pid_t pid);

/* The path of the executable; "" when it cannot be read. */
struct text proc_exe(struct arena *arena, pid_t pid);
/* The short name, at most 15 bytes; "" when it cannot be read. */
struct text proc_comm(struct arena *arena, pid_t pid);
/* Copies at most `size` bytes of the arguments, each of which ends in NUL, to `out`. Returns how many. */
size_t proc_cmdline(pid_t pid, char *out, size_t size);

/* The ids of its threads, `*count` of them; NULL when they cannot be listed. The arena owns the list. */
pid_t *proc_threads(struct arena *arena, pid_t pid, size_t *count);
/* The processes that a thread has started, `*count` of them; NULL when that cannot be read. The arena owns the list. */
pid_t *proc_children(struct arena *arena, pid_t pid, pid_t tid, size_t *count);

/* ---- what it has open ---- */

/* A path that opens, or has stat(2) read, the file of a descriptor. */
const char *proc_descriptor(struct arena *arena, pid_t pid, int descriptor);
/* Calls `visit` for each descriptor; `link` is such a path. */
void proc_each_descriptor(pid_t pid, void (*visit)(void *context, pid_t pid, int descriptor, const char *link),
			  void *context);

/* One line of /proc/PID/maps. */
struct proc_mapping {
	unsigned long start, end;
	uint64_t device,
		inode; /* device: as in struct identity. Some file systems show another one than stat(2) does */
	bool shared;
	bool deleted;     /* " (deleted)" stands behind the name */
	const char *path; /* with that mark; "" of no file. Valid during the visit */
	size_t path_size; /* without the mark */
};
/*
 * Calls `visit` for each mapping until it returns true. Returns 1 then, 0 after the last mapping, -errno when they
 * cannot be read.
 */
int proc_each_mapping(pid_t pid, bool (*visit)(void *context, pid_t pid, const struct proc_mapping *mapping),
		      void *context);
/*
 * Writes to `out`, and returns, a path that opens the file of a mapping even when the file has no name. Opening it
 * takes privileges.
 */
const char *proc_mapped_file(char out[static PROC_NAME_SIZE], pid_t pid, const struct proc_mapping *mapping);
/* The path that leads to `path` in the root directory of a process. */
const char *proc_in_root(struct arena *arena, pid_t pid, const char *path);

/* ---- the machine ---- */

/* Calls `visit` for each process until it returns true; returns whether it did. */
bool proc_each(bool (*visit)(void *context, pid_t pid), void *context);
/* When the machine was started, CLOCK_REALTIME; 0: not known. */
uint64_t proc_boot_ns(void);
/* The inode of the pid namespace of this process; 0: not known. */
uint64_t proc_pid_space(void);

#endif
