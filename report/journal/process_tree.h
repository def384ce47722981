/*
 * process_tree.h - the process tree of a journal: which image came from which, and which programs never said hello. No I/O.
 */
#ifndef PAGELEAK_PROCESS_H
#define PAGELEAK_PROCESS_H

#include "model/journal_model.h"
#include "model/process_model.h"

/* What a PROCESS record said, next to the process made from it. */
struct process_seen {
	struct process *process;
	uint64_t offset;
	uint32_t parent;        /* number; 0 none */
	struct process *forker; /* of that number; NULL none */
	bool daemon;            /* it left by daemon(3): a child goes on in its place */
};

/*
 * Links `parent`, `before`, `heir`; lets forked ones inherit what their record left out; appends a process for every
 * program that was started and never said hello. `seen` is sorted by time; links only lead to earlier ones, so that no
 * damaged journal makes a circle. Fills journal->processes.
 */
void process_link(struct journal *journal, struct process_seen *seen, size_t count, struct exec_seen *execs,
		  size_t exec_count, const struct killed_seen *killed, size_t killed_count);

/* The first image of the process that `process` is an image of. */
struct process *process_root(struct process *process);

#endif
