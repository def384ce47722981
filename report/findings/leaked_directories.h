/*
 * leaked_directories.h - directories that were left: with what is in them, or alone. A leaked directory speaks for everything leaked below it, one that
 * was released late for what went late with it.
 */
#ifndef PAGELEAK_LEAKED_DIRECTORIES_H
#define PAGELEAK_LEAKED_DIRECTORIES_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/report_model.h"

/*
 * Sets `top` of leaked pages below a leaked directory (the highest one that an audited process made), and of late ones below a directory
 * that the same process released in the same phase; but not for those that another Python function of the user's left there. Sets `below`
 * of these directories and of names that were made again after they had been removed. Only directories made from `from_ns` to `to_ns`
 * speak for others: older and younger ones are not to be told of. Changes no verdict.
 */
void leaked_directories_find(struct arena *arena, struct pages *pages, uint64_t from_ns, uint64_t to_ns);

/* Counts anew what a finding's pages say of what is below them: pages that lie below none of the others come first. */
void leaked_directories_recount(struct finding *finding);

#endif
