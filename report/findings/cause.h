/*
 * cause.h - finds why a finding's pages were not released, or only by a garbage collector: from the interpreter's
 * answers (--why), and from how the process ended.
 */
#ifndef PAGELEAK_CAUSE_H
#define PAGELEAK_CAUSE_H

#include "model/journal_model.h"
#include "model/report_model.h"

/*
 * Sets cause, object_known, object_alive and journal of a finding whose other members are filled. Call it again for a
 * finding that was reduced to some of its pages. Allocates from journal->arena.
 */
void cause_find(const struct journal *journal, struct finding *finding);

#endif
