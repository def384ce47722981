/*
 * unseen.h - finds the reason why an audit that still runs is incomplete, as a line to show.
 */
#ifndef PAGELEAK_UNSEEN_H
#define PAGELEAK_UNSEEN_H

#include "model/journal_model.h"

/* Initialized with zero. */
struct unseen {
	const char *reason; /* the first that was found */
	size_t notes;       /* number of the journal's notes that were read so far */
};

/*
 * Gives the first reason, in the journal's arena; "" none. `now_ns`: CLOCK_REALTIME; a program that made no record in
 * the two seconds after its start is not audited. After process_tree_link.
 */
const char *unseen_reason(struct unseen *unseen, const struct journal *journal, uint64_t now_ns);

#endif
