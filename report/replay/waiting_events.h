/*
 * waiting_events.h - keeps events whose page is not known yet: two processes' records may be out of order, so that a
 * removal is read before the creation.
 */
#ifndef PAGELEAK_WAITING_EVENTS_H
#define PAGELEAK_WAITING_EVENTS_H

#include "base/arena.h"
#include "model/event_model.h"
#include "replay/directory_tree.h"
#include <stdbool.h>
#include <stddef.h>

/* Which identity of its event the page has: the event's own, or that of what a rename replaced or exchanged. */
enum waiting_role { WAITING_OF_PAGE, WAITING_OF_REPLACED };

struct waiting_event {
	const struct event *event;
	enum waiting_role role;
	/*
	 * Its places as directories stood when it was read; directory NULL: it has none. Names borrow from `event` or
	 * its arena.
	 */
	struct place_name first, second;
	struct waiting_event *next; /* of the same identity, in the order in which they were read */
};

/* Begins as {arena}, which then owns all, or as zero: then events are copied, and may be forgotten. */
struct waiting_events {
	struct arena *arena;
	struct waiting_page *pages;
	size_t count; /* events, of all identities */
};

/*
 * Adds the event, or a copy; `only`: instead of those that wait already. Returns it without places. It is valid until
 * it is taken or forgotten.
 */
struct waiting_event *waiting_events_add(struct waiting_events *waiting, const struct identity *identity,
					 const struct event *event, enum waiting_role role, bool only);
/* The event of that identity that was read first; NULL none. */
struct waiting_event *waiting_events_first(const struct waiting_events *waiting, const struct identity *identity);
/* Removes and returns that event; NULL none. It is valid until waiting_events_done, which frees it. */
struct waiting_event *waiting_events_take(struct waiting_events *waiting, const struct identity *identity);
void waiting_events_done(struct waiting_events *waiting, struct waiting_event *event);
/* Forgets the events of the identities that were added first, until `most` events are left. Only without an arena. */
void waiting_events_forget(struct waiting_events *waiting, size_t most);
/*
 * Forgets identities, the first added first, until one has an event that happened at `time_ns` or later. Only without
 * an arena.
 */
void waiting_events_forget_before(struct waiting_events *waiting, uint64_t time_ns);
/* Moves the places of all, which are of `before`, to `paths`, its heir; names are copied to `arena`. */
void waiting_events_rehouse(struct waiting_events *waiting, struct arena *arena, struct directory_tree *before,
			    struct directory_tree *paths);
/* Frees all; with an arena only the table. */
void waiting_events_close(struct waiting_events *waiting);

#endif
