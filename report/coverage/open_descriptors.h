/*
 * open_descriptors.h - who still holds the space of pages that have no name any more: descriptors and mappings of living processes.
 *
 * A living process of an audit is one that maps its journal: this holds for forked children that never made a record, too, and
 * for no process that merely has got the number of one that ended. Where that may not be seen, it is one that has the number of one
 * that has not ended, and began when that did.
 */
#ifndef PAGELEAK_OPEN_DESCRIPTORS_H
#define PAGELEAK_OPEN_DESCRIPTORS_H

#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

/*
 * Reads /proc; stops nobody. Pages without a name that are found there become HELD, with the bytes that they take and `holders`.
 * Adds to coverage->limits the processes of the audit that may not be read, and marks in journal->underway
 * whose process is `gone`. Gives the number of living ones.
 */
size_t open_descriptors_find(struct journal *journal, const char *journal_path, struct coverage *coverage,
			     struct pages *pages);

#endif
