/*
 * record_command.c - `pageleak record`: creates a journal that is kept and becomes the command by exec. Waits for
 * nothing.
 */
#include "audit/launch.h"
#include "base/arena.h"
#include "cli/commands.h"

int command_record(struct arena *arena, struct options *options)
{
	struct launch launch;
	if (launch_prepare(arena, options, options->journal ? options->journal : "pageleak.data", &launch))
		return STATUS_FAILED;
	int code = launch_exec(&launch, options->operands);
	launch.journal.temporary = true; /* nothing was audited */
	journal_create_close(&launch.journal);
	return launch_refused(options->operands[0], code);
}
