/*
 * coverage.h - what of the tree was seen, and what could not be: the only place that says whether an audit was complete.
 */
#ifndef PAGELEAK_COVERAGE_H
#define PAGELEAK_COVERAGE_H

#include "base/arena.h"
#include "model/coverage_model.h"
#include "model/journal_model.h"

/*
 * Looks at the files of programs that were not audited, to say why; fills their `exe` and `reason`. `later`: processes go on, and it is the
 * same journal read again (later.h); what they are in the middle of is no gap then. NULL: none do. Adds to the limits that `out` has.
 */
void coverage_fill(struct journal *journal, const struct journal *later, struct coverage *out);

/* Adds a limit, unless it is there. `text` is borrowed. */
void coverage_limit(struct arena *arena, struct coverage *out, const char *text);

/* For a report on processes that live: adds which of them the snapshot signal does not reach, and what to do then. */
void coverage_signals(const struct journal *journal, struct coverage *out);

/* For a journal of another machine, whose disk is not `here`'s. */
void coverage_elsewhere(const struct journal *journal, const char *here, struct coverage *out);

#endif
