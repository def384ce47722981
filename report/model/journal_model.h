/*
 * journal_model.h - a journal as read: what the audit was, its processes and its events.
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
	uint32_t creator_pid; /* who made the journal: the command itself (record) or its parent (run) */
	uint64_t counters[JOURNAL_COUNTERS];
	/* AUDIT and AUDIT_END; argc 0 and has_end false when the journal has none */
	struct text *command;
	size_t command_count;
	struct text cwd, host, version;
	struct text tmpdir;   /* of the command; "" none, or not on record */
	struct text settings; /* the options that the audit was begun with, as a value of PAGELEAK; "" not on record */
	bool has_end;
	bool elsewhere; /* the report's own: written on another machine, whose disk cannot be asked */
	bool all_gone;  /* the report's own: nothing of it runs, and no end is on record */
	int wait_status;
	uint64_t ended_ns, command_ended_ns; /* what the command left running may have ended after it */

	struct process **processes; /* audited ones first in order of their records' time, then unaudited ones */
	size_t process_count;
	struct event *events; /* sorted by time, then offset */
	size_t event_count;
	struct note_seen *notes;
	size_t note_count;
	struct cause *causes; /* answers of interpreters, by `event`, then time */
	size_t cause_count;
	struct root_change *roots; /* of all processes; each has its own slice */
	size_t root_count;

	uint64_t torn; /* records that were being written when their writer died, and are missed (R6) */
	struct underway *underway;
	size_t underway_count;
	uint64_t bad; /* records and chunks left out because they break a rule */
	uint64_t
		unbegun; /* pages of chunks whose head is not there: damaged, or begun while the file was being copied */
	uint64_t *
		dangling; /* offsets of events that refer to what is not there, ascending: damaged, or copied before that was written */
	size_t dangling_count;
};

/*
 * Calls that were begun and not ended when the journal was read, or when their writers ended (R12); and records (R4,
 * R6).
 */
struct underway {
	const struct process *process; /* whose chunk it was; NULL not known */
	uint64_t offset;               /* of the chunk */
	uint32_t making, removing, torn;
	bool gone; /* the report's own: by the journal the process goes on, and it does not run */
};

struct note_seen {
	struct process *process;
	uint32_t note;
	uint64_t time_ns;
	struct text detail;
};

#endif
