/*
 * process_tree.h - links the processes of a journal: which came from which, and which programs never said hello. No
 * I/O.
 */
#ifndef PAGELEAK_PROCESS_TREE_H
#define PAGELEAK_PROCESS_TREE_H

#include "model/journal_model.h"
#include "model/process_model.h"
#include <uthash.h>

struct exec_seen;

/* A process that has records. "Says hello" means that it wrote its PROCESS record. */
struct known_process {
	struct process process;       /* first: a copy of `said`, completed by process_tree_link */
	struct process said;          /* what its own records say, without lists */
	uint64_t offset;              /* of its PROCESS record; 0 none */
	uint32_t parent;              /* number of the process that it was forked from; 0 none */
	struct known_process *forker; /* the process of that number; NULL none */
	bool daemon;                  /* it left by daemon(3): a child goes on in its place */
	struct exec_seen *announced;  /* set by process_tree_link: the EXEC record that started it; NULL none */
	bool displaced;               /* set by process_tree_link: a later image has its pid */
	bool modules_unordered, scopes_unordered;
	size_t module_room, scope_room;
	UT_hash_handle hh;
};

/* An EXEC record. */
struct exec_seen {
	struct process *process; /* the caller, or the process that the caller was forked from */
	uint64_t offset, time_ns;
	uint32_t pid, ppid, flags;
	bool failed;
	struct text path;
	struct text *argv;
	size_t argc;
	uint32_t uid; /* effective */
	bool uid_known;
	struct process *
		unaudited; /* set by process_tree_link: the program that it started, when that never said hello; NULL none so far */
};

/* A KILLED record. */
struct killed_seen {
	uint64_t time_ns;
	uint32_t pid, ppid, signal;
};

/* All records of processes so far. */
struct process_records {
	struct known_process **known; /* in no order */
	struct exec_seen **execs;
	struct killed_seen *killed;
	size_t known_count, exec_count, killed_count;
	size_t process_room; /* of journal->processes */
};

/*
 * Makes processes of what the records say: links `parent`, `before`, `heir`; lets forked ones inherit what their record
 * left out; adds a process for every program that was started and never said hello. Links only lead to earlier
 * processes, so that no damaged journal makes a circle. Sorts `known` by start, and fills journal->processes. May be
 * called again when records have come: it begins anew, and processes stay where they are in memory.
 */
void process_tree_link(struct journal *journal, struct process_records *records);

/* The first image of the process that `process` is an image of. */
struct process *process_tree_root(struct process *process);

#endif
