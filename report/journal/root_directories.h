/*
 * root_directories.h - what a process saw as `/`: names of a process that changed its root directory become the machine's. No I/O.
 */
#ifndef PAGELEAK_ROOT_H
#define PAGELEAK_ROOT_H

#include "base/text.h"
#include "model/journal_model.h"
#include "model/process_model.h"

/*
 * Fills `roots` of the journal and its processes, and puts the root directory ahead of the names of their events and programs.
 * Where a root directory is not known, its process's names are marked as such. After process_link.
 */
void root_apply(struct journal *journal);
/* Did it have another root directory then, as far as is known? */
bool root_is_other(struct process *process, uint64_t time_ns);
/* The root directory in which the process began; "" the machine's, or not known. */
struct text root_at_start(struct process *process);

#endif
