/*
 * unseen.h - why not everything of a growing journal's programs is seen, as one line for people.
 */
#ifndef PAGELEAK_UNSEEN_H
#define PAGELEAK_UNSEEN_H

#include "model/journal_model.h"

/* Begins as zero. */
struct unseen {
	const char *reason; /* the first that was found */
	size_t notes;       /* of the journal's, that were asked so far */
};

/*
 * Gives the first reason found, in the journal's arena; "" none. `now_ns`, of the journal's clock: a program that did
 * not say hello within two seconds of its start is not audited. The journal's processes are linked.
 */
const char *unseen_reason(struct unseen *unseen, const struct journal *journal, uint64_t now_ns);

#endif
