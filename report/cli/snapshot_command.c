/*
 * snapshot_command.c - `pageleak snapshot PID`: finds the journal to which a running process writes, and reports on it.
 * Reads /proc; neither stops the process nor attaches to it, and needs nothing from it.
 */
#include "base/arena.h"
#include "base/message.h"
#include "cli/begun_options.h"
#include "cli/commands.h"
#include "machine/ask_program.h"
#include "machine/find_audits.h"
#include "output/output.h"
#include <string.h>
#include <stdint.h>

int command_snapshot(struct arena *arena, struct options *options)
{
	struct gate gate;
	const char *pid = options->operands[0];
	if (options->operand_count != 1 || !*pid || pid[strspn(pid, "0123456789")]) {
		error("'%s' is no process number: pageleak snapshot [OPTIONS] PID",
		      options->operand_count == 1 ? pid : options->operands[options->operand_count - 1]);
		return STATUS_FAILED;
	}
	const char *path = output_check(arena, options) ? NULL : find_audits_journal(arena, pid);
	if (!path)
		return STATUS_FAILED;
	begun_options_take_over(arena, path, options);
	if (gate_parse(arena, options, &gate))
		return STATUS_FAILED;
	uint64_t last_ns = ask_program_snapshot(path);
	return command_report_one(path, options, &gate, options->new_since_last ? last_ns : 0);
}
