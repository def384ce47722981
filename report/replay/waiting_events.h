/*
 * waiting_events.h - events whose page is not known yet: two processes' records may be out of order, so that a removal
 * is read before the creation.
 */
#ifndef PAGELEAK_WAITING_EVENTS_H
#define PAGELEAK_WAITING_EVENTS_H

#include "base/arena.h"
#include "model/event_model.h"
#include "replay/directory_tree.h"
#include <stdbool.h>
#include <stddef.h>

/* OF_REPLACED: the event is about the page whose place it took, or exchanged. */
enum waiting_role { WAITING_OF_PAGE, WAITING_OF_REPLACED };

struct waiting_event {
	const struct event *event;
	enum waiting_role role;
	/*
	 * Its places as directories stood when it was read; directory NULL: it has none. Names borrow from `event` or
	 * its arena.
	 */
	struct place_name first, second;
	struct waiting_event *next; /* of the same identity, in the order of their coming */
};

/* Begins as {arena}, or as zero: then events are copied, and forgotten when told to. */
struct waiting_events {
	struct arena *arena;
	struct waiting_page *pages;
	size_t count;
};

/*
 * Adds the event, or a copy; `only`: instead of those that wait already. Returns it without places. It is valid until
 * it is taken or forgotten.
 */
struct waiting_event *waiting_events_add(struct waiting_events *waiting, const struct identity *identity,
					 const struct event *event, enum waiting_role role, bool only);
/* The one of that identity that came first; NULL none. */
struct waiting_event *waiting_events_first(const struct waiting_events *waiting, const struct identity *identity);
/* That one does not wait any more. It is good until waiting_events_done. */
struct waiting_event *waiting_events_take(struct waiting_events *waiting, const struct identity *identity);
void waiting_events_done(struct waiting_events *waiting, struct waiting_event *event);
/* Only without an arena: those of the identities that came first, until `most` events are left. */
void waiting_events_forget(struct waiting_events *waiting, size_t most);
/* Those that happened before `time_ns`, as far as they came first. */
void waiting_events_forget_before(struct waiting_events *waiting, uint64_t time_ns);
/* Moves the places of all, which are of `before`, to `paths`, its heir; names are copied to `arena`. */
void waiting_events_rehouse(struct waiting_events *waiting, struct arena *arena, struct directory_tree *before,
			    struct directory_tree *paths);
void waiting_events_close(struct waiting_events *waiting);

#endif
