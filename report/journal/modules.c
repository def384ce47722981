/*
 * modules.c - searches the modules of processes as the journal lists them. Must not open files.
 */
#include "journal/modules.h"
#include <stddef.h>

/* Finds the newest module at the address by then; otherwise the oldest, which was recorded a moment late. */
static const struct module *module_of(const struct process *process, uint64_t address, uint64_t time_ns)
{
	const struct module *found = NULL;
	for (size_t i = 0; i < process->module_count; i++) {
		const struct module *module = &process->modules[i];
		if (address < module->start || address >= module->end)
			continue;
		if (found && module->time_ns > time_ns)
			break;
		found = module;
	}
	return found;
}

const struct module *modules_at(const struct process *process, uint64_t address, uint64_t time_ns)
{
	for (const struct process *at = process; at; at = at->forked ? at->parent : NULL) {
		const struct module *module = module_of(at, address, time_ns);
		if (module)
			return module;
	}
	return NULL;
}
