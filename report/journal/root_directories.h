/*
 * root_directories.h - root directories of processes (chroot): names of a process that changed its own become the
 * machine's. No I/O.
 */
#ifndef PAGELEAK_ROOT_DIRECTORIES_H
#define PAGELEAK_ROOT_DIRECTORIES_H

#include "base/arena.h"
#include "base/text.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"

/* Begins as {arena}: memory of what stays, each name once. */
struct root_directories {
	struct arena *arena;
	struct root_joined *joined;
	size_t room; /* of journal->roots */
	/* what was made of an event's base last: it will mostly be asked for again */
	const struct root_change *last_change;
	struct text last_given, last_made;
};

/*
 * Fills `roots` of the journal and its processes from its notes, and puts the root directory ahead of the names of
 * programs. After process_tree_link, each time.
 */
void root_directories_link(struct root_directories *roots, struct journal *journal);
void root_directories_close(struct root_directories *roots);

/*
 * Puts the root directory that the process had then ahead of the names of an event and of its `move`, in `arena`. Where
 * it is not known, sets EVENT_BASE_UNKNOWN and EVENT_BASE2_UNKNOWN.
 */
void root_directories_of_event(struct root_directories *roots, struct arena *arena, struct event *event);
/* The texts that were given or made so far are going to be freed. */
void root_directories_forget(struct root_directories *roots);

/* Did it have another root directory then, as far as is known? */
bool root_directories_is_other(struct process *process, uint64_t time_ns);
/* The root directory in which the process began; "" the machine's, or not known. */
struct text root_directories_at_start(struct process *process);

#endif
