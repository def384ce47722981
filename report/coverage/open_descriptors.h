/*
 * open_descriptors.h - finds the deleted pages whose space running processes still hold, by a descriptor or mapping.
 *
 * A process belongs to an audit when it maps the journal. That is also true for forked children without a record, and
 * it is not fooled by reused pids. Where mappings cannot be read, a process belongs to the audit when pid and start
 * time match a recorded process without a recorded end.
 */
#ifndef PAGELEAK_OPEN_DESCRIPTORS_H
#define PAGELEAK_OPEN_DESCRIPTORS_H

#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"

/*
 * Searches /proc; stops no process. Deleted pages that are found there become HELD, with their bytes and `holders`.
 * Adds a limit to `coverage` for each process of the audit that cannot be read, and sets `gone` in journal->underway
 * for calls of processes that do not run. Returns the number of running processes of the audit.
 */
size_t open_descriptors_find(struct journal *journal, const char *journal_path, struct disk *disk,
			     struct coverage *coverage, struct pages *pages);

#endif
