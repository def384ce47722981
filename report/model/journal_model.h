/*
 * journal_model.h - the content of a journal: the audit, its processes and its events.
 * Data only. Memory: the arena of the run; strings borrow from the mapped journal.
 */
#ifndef PAGELEAK_JOURNAL_MODEL_H
#define PAGELEAK_JOURNAL_MODEL_H

#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "model/event_model.h"
#include "model/process_model.h"

struct arena;
struct process;
struct event;
struct cause;
struct scope_change;
struct root_change;

struct journal {
	struct arena *arena;
	const char *name; /* for messages */
	uint64_t started_ns;
	uint32_t creator_pid; /* the process that made the journal: the command itself (record) or its parent (run) */
	uint64_t counters[JOURNAL_COUNTERS];
	/* AUDIT and AUDIT_END; argc 0 and has_end false when the journal has none */
	struct text *command;
	size_t command_count;
	struct text cwd, host, version;
	struct text tmpdir;   /* of the command; "" none, or not on record */
	struct text settings; /* options of the audit, as a value of PAGELEAK; "" not on record */
	bool has_end;
	bool elsewhere; /* set by the report: written on another machine, whose disk is out of reach */
	bool all_gone;  /* set by the report: none of its processes runs, and no end is on record */
	int wait_status;
	uint64_t ended_ns, command_ended_ns; /* of the last process and of the command; 0 not on record */

	struct process **processes; /* audited ones in order of start, then unaudited ones */
	size_t process_count;
	struct event *events; /* sorted by time, then offset */
	size_t event_count;
	struct note_seen *notes;
	size_t note_count;
	struct cause *causes; /* WHY records, sorted by `event`, then time */
	size_t cause_count;
	struct root_change *roots; /* CHROOT notes; each process has a part of the list */
	size_t root_count;

	uint64_t torn; /* unfinished records whose loss matters (R6) */
	struct underway *underway;
	size_t underway_count;
	uint64_t bad; /* records and chunks that were left out because they break a rule */
	/* pages of chunks without a header: damaged, or begun while the file was copied */
	uint64_t unbegun;
	/* ascending offsets of events with a reference to no record: damaged, or copied before that was written */
	uint64_t *dangling;
	size_t dangling_count;
};

/* Calls (R12) and records (R6) of a chunk that were begun and not ended. */
struct underway {
	const struct process *process; /* the writer of the chunk; NULL not known */
	uint64_t offset;               /* of the chunk */
	uint32_t making, removing, torn;
	bool gone; /* set by the report: the process does not run, and no end of it is on record */
};

struct note_seen {
	struct process *process;
	uint32_t note;
	uint64_t time_ns;
	struct text detail;
};

#endif
