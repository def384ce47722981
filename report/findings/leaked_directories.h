/*
 * leaked_directories.h - groups leaked pages under their leaked parent directory, so that one directory is one finding;
 * and pages released late under the directory that was released with them.
 */
#ifndef PAGELEAK_LEAKED_DIRECTORIES_H
#define PAGELEAK_LEAKED_DIRECTORIES_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/report_model.h"

/*
 * Sets `top` of each leaked page below a leaked directory to the highest such directory that an audited process made,
 * and of each late page below a directory that the same process released in the same phase. Leaves out pages that
 * another of the user's script functions made there. Sets `below` of these directories, and of names that were removed
 * and made again. Uses only directories made from `from_ns` to `to_ns` (CLOCK_REALTIME), because the report hides
 * others. Changes no verdict.
 */
void leaked_directories_find(struct arena *arena, struct pages *pages, uint64_t from_ns, uint64_t to_ns);

/* Sums up `below` of the finding's pages anew. Pages that lie below none of the others must come first. */
void leaked_directories_recount(struct finding *finding);

#endif
