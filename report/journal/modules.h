/*
 * modules.h - finds the file that was mapped at an address of a process.
 */
#ifndef PAGELEAK_MODULES_H
#define PAGELEAK_MODULES_H

#include "model/process_model.h"

/*
 * Finds the module that held `address` in `process` at `time_ns`, or NULL. Searches the processes that it was forked
 * from, too.
 */
const struct module *modules_at(const struct process *process, uint64_t address, uint64_t time_ns);

#endif
