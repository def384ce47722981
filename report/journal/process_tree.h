/*
 * process_tree.h - links the processes of a journal: which image came from which, and which programs were started but made
 * no PROCESS record. No I/O.
 */
#ifndef PAGELEAK_PROCESS_TREE_H
#define PAGELEAK_PROCESS_TREE_H

#include "model/journal_model.h"
#include "model/process_model.h"

/* A process, and what its PROCESS record said of it. */
struct process_seen {
	struct process *process;
	uint64_t offset;
	uint32_t parent;        /* number of the process that it was forked from; 0 none */
	struct process *forker; /* the process of that number; NULL none */
	bool daemon;            /* it ended within daemon(3): a child goes on in its place */
};

/*
 * Sets `parent`, `before` and `heir` of each process, copies to forked processes what their record left out, and appends a
 * process for each program that was started and made no PROCESS record. `seen` is sorted by time. Links lead to earlier
 * processes only, so that a damaged journal makes no loop. Fills journal->processes.
 */
void process_tree_link(struct journal *journal, struct process_seen *seen, size_t count, struct exec_seen *execs,
		       size_t exec_count, const struct killed_seen *killed, size_t killed_count);

/* The first program that ran in the same process, before any exec. */
struct process *process_tree_first_image(struct process *process);

#endif
