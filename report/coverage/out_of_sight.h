/*
 * out_of_sight.h - pages that may be on disk where nobody looks: below other mounts, behind links of another root directory,
 * in directories whose names could not be told.
 */
#ifndef PAGELEAK_OUT_OF_SIGHT_H
#define PAGELEAK_OUT_OF_SIGHT_H

#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

/* Makes the audit incomplete when there are any, and says how many: they are among those that vanished, or were left out. */
void out_of_sight_count(const struct journal *journal, struct coverage *coverage, const struct pages *pages);

#endif
