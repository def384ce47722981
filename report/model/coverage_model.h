/*
 * coverage_model.h - what was not seen by an audit, and what of it still ran when the report was made.
 * Data only. Memory: the arena of the run.
 */
#ifndef PAGELEAK_COVERAGE_MODEL_H
#define PAGELEAK_COVERAGE_MODEL_H

#include "base/text.h"
#include "model/process_model.h"

struct process;

struct unaudited {
	const struct process *process;
	uint32_t pid;
	struct text exe;
	const char *reason;
};

/* A time in which something of the tree was not seen, and what that was. */
struct doubt {
	const struct process *process; /* NULL: it may have been any */
	const char *reason;
	uint64_t from_ns, to_ns; /* to 0: as long as the audit */
};

/* A process that still ran when the report was made. */
struct running {
	uint32_t pid;
	struct text exe; /* its path, else its short name; "" not known */
};

struct coverage {
	bool complete; /* there is no doubt */
	struct doubt *doubts;
	size_t doubt_count;
	size_t processes, audited; /* audited: each of its images was */
	size_t images,
		images_audited; /* programs: a process has one more with each exec. What the JSON report counts */
	struct unaudited *unaudited;
	size_t unaudited_count;
	uint64_t events_lost;
	struct running *running; /* left by the command when the wait for them was over; then it is not complete */
	size_t running_count;
	const char **limits;
	size_t limit_count, limit_room; /* room: coverage_limit's */
};

#endif
