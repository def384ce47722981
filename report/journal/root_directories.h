/*
 * root_directories.h - root directories that processes changed to (chroot), and the machine's names of paths below
 * them. No I/O.
 */
#ifndef PAGELEAK_ROOT_DIRECTORIES_H
#define PAGELEAK_ROOT_DIRECTORIES_H

#include "base/arena.h"
#include "base/text.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"

/* Initialized with its arena, for what stays; the rest zero. */
struct root_directories {
	struct arena *arena;
	struct root_joined *joined;
	size_t room; /* of journal->roots */
	/* the last base of an event and its machine's name: the next event mostly has the same */
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
/* Must be called before texts of events are freed. */
void root_directories_forget(struct root_directories *roots);

/* Whether the process had another root directory than the machine's at that time, or one that is not known. */
bool root_directories_is_other(struct process *process, uint64_t time_ns);
/* Gives the root directory that the process began with; "" for the machine's, and when it is not known. */
struct text root_directories_at_start(struct process *process);

#endif
