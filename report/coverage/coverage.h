/*
 * coverage.h - finds out which parts of the tree were recorded, and alone decides whether an audit is complete.
 */
#ifndef PAGELEAK_COVERAGE_H
#define PAGELEAK_COVERAGE_H

#include "base/arena.h"
#include "model/coverage_model.h"
#include "model/journal_model.h"

/*
 * Fills `out`, and `exe` and `reason` of programs that were not audited, whose executables it reads. `later`: the same
 * journal read again (second_reading.h) while processes run; calls in progress are no gap then. NULL: no process runs.
 * Keeps the limits that `out` has.
 */
void coverage_fill(struct journal *journal, const struct journal *later, struct coverage *out);

/* Adds a limit, unless it is there. Borrows `text`. */
void coverage_limit(struct arena *arena, struct coverage *out, const char *text);

/* For a report on running processes: adds a limit for each that takes the snapshot signal for itself, with advice. */
void coverage_signals(const struct journal *journal, struct coverage *out);

/* For a journal of another machine: adds the limit that its disk is not that of `here`. */
void coverage_elsewhere(const struct journal *journal, const char *here, struct coverage *out);

#endif
