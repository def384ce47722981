/*
 * root_directories.h - translates paths that were recorded inside a chroot into paths of the machine. No I/O.
 */
#ifndef PAGELEAK_ROOT_DIRECTORIES_H
#define PAGELEAK_ROOT_DIRECTORIES_H

#include "base/text.h"
#include "model/journal_model.h"
#include "model/process_model.h"

/*
 * Fills `roots` of the journal and its processes, and puts the root directory in front of the paths of their events and
 * programs. Paths of a process whose root directory is not known are marked as unknown. Call it after process_tree_link.
 */
void root_directories_apply(struct journal *journal);
/* Did the process have another root directory than the machine's at that time, as far as is known? */
bool root_directories_is_other(struct process *process, uint64_t time_ns);
/* Root directory in which the process began; "" the machine's, or not known. */
struct text root_directories_at_start(struct process *process);

#endif
