/*
 * cause.h - why a finding's pages were not released, or only by Python's collector: what interpreters said (--why), and what follows
 * from how the process ended.
 */
#ifndef PAGELEAK_CAUSE_H
#define PAGELEAK_CAUSE_H

#include "model/journal_model.h"
#include "model/report_model.h"

/* Fills cause, object_known, object_alive, and journal. After everything else of the finding is filled; once more for a finding that was
 * cut down to some of its pages. */
void cause_find(const struct journal *journal, struct finding *finding);

#endif
