/*
 * modules.h - which file was mapped at an address.
 */
#ifndef PAGELEAK_MODULES_H
#define PAGELEAK_MODULES_H

#include "model/process_model.h"

/*
 * The module that held `address` in `process` at `time_ns`, or NULL. Looks at the processes that it was forked from,
 * too.
 */
const struct module *modules_at(const struct process *process, uint64_t address, uint64_t time_ns);

#endif
