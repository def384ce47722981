/*
 * coverage_model.h - what an audit did not see, and which of its processes still ran when the report was made.
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

/* A time in which a part of the process tree was not audited. */
struct doubt {
	const struct process *process; /* NULL: unknown which */
	const char *reason;
	uint64_t from_ns, to_ns; /* CLOCK_REALTIME; to 0: until the audit ended */
};

/* A process that still ran when the report was made. */
struct running {
	uint32_t pid;
	struct text exe; /* its path, or else its short name; "" unknown */
};

struct coverage {
	bool complete; /* there is no doubt and nothing still runs */
	struct doubt *doubts;
	size_t doubt_count;
	size_t processes, audited;     /* audited: all its images were */
	size_t images, images_audited; /* programs that ran: each exec begins an image. The JSON report counts these */
	struct unaudited *unaudited;
	size_t unaudited_count;
	uint64_t events_lost;
	struct running *running; /* processes that still ran after the wait for them */
	size_t running_count;
	const char **limits;
	size_t limit_count, limit_room; /* room: used by coverage_limit only */
};

#endif
