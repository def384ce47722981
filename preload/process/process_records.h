/*
 * process_records.h - records of how processes begin, are replaced and end. Safety as journal.h.
 */
#ifndef PAGELEAK_PROCESS_RECORDS_H
#define PAGELEAK_PROCESS_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A new image says hello. Once, from the constructor. */
void process_begin_execed(void);
/* A forked child is about to make its first record. Called by the journal. */
void process_begin_forked(uint32_t parent);

/*
 * An image is about to be replaced. Returns a reference for process_exec_failed. `path`, `argv` and `envp` are read as the
 * call itself would.
 */
uint32_t process_exec(const char *path, char *const argv[], char *const envp[], bool searched);
/* posix_spawn gave a child, at or after `time_ns`. */
void process_spawned(const char *path, char *const argv[], char *const envp[], bool searched, pid_t child,
		     uint64_t time_ns);
void process_exec_failed(uint32_t exec);

/* A wait told that a signal had ended a child. */
void process_killed(pid_t pid, int signal);
/* It has become the leader of a session: perhaps it goes on as a daemon in the place of its parent. */
void process_session(void);

/* `how` is one of EXIT_*. Nothing is said in a vfork child, nor in a forked one that made no record. */
void process_exit(int status, uint32_t how);

#endif
