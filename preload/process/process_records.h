/*
 * process_records.h - records how processes begin, are replaced and end. Safety as journal_map.h.
 */
#ifndef PAGELEAK_PROCESS_RECORDS_H
#define PAGELEAK_PROCESS_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes the PROCESS record of a new image. Once, from the constructor. */
void process_begin_execed(void);
/*
 * Writes the PROCESS record of a forked child, before its first other record. `parent`: process number. For
 * journal_on_fork.
 */
void process_begin_forked(uint32_t parent);

/*
 * Writes an EXEC record, before an exec. Returns its reference for process_exec_failed, 0 when none was written. Memory
 * that the kernel cannot read either is not read. `searched`: the name is looked up in PATH.
 */
uint32_t process_exec(const char *path, char *const argv[], char *const envp[], bool searched);
/*
 * Writes an EXEC record for a child that posix_spawn, or a shell of libc's, has started at or after `time_ns`. `child`
 * 0: not known.
 */
void process_spawned(const char *path, char *const argv[], char *const envp[], bool searched, pid_t child,
		     uint64_t time_ns);
/* Writes an EXEC_FAILED record: the exec has returned. 0 is allowed. */
void process_exec_failed(uint32_t exec);

/* Writes a KILLED record: a wait has returned child `pid`, which was ended by `signal`. */
void process_killed(pid_t pid, int signal);
/* Notes that the process leads a session now: it may be a daemon, which outlives its parent. */
void process_session(void);

/*
 * Writes an EXIT record; `how` is one of EXIT_*. Does nothing in a vfork child, and in a forked child that made no
 * record.
 */
void process_exit(int status, uint32_t how);

#endif
