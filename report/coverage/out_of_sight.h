/*
 * out_of_sight.h - counts files that may still exist but cannot be checked: below other mounts, behind links in another
 * root directory, in directories of unknown name.
 */
#ifndef PAGELEAK_OUT_OF_SIGHT_H
#define PAGELEAK_OUT_OF_SIGHT_H

#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

/*
 * Adds a limit with the number of such pages, which are among the vanished or left out, and makes the audit incomplete
 * when there are any.
 */
void out_of_sight_count(const struct journal *journal, struct coverage *coverage, const struct pages *pages);

#endif
