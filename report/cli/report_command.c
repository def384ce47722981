/*
 * report_command.c - `pageleak report`: reports on one journal after the other.
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/begun_options.h"
#include "cli/commands.h"
#include "cli/pipeline.h"
#include "findings/gate.h"
#include "machine/ask_program.h"
#include "machine/journal_load.h"
#include "model/report_model.h"
#include "output/output.h"
#include <unistd.h>

int command_report_one(const char *path, const struct options *options, const struct gate *gate, uint64_t since_ns)
{
	struct arena *arena = arena_new();
	struct loaded loaded;
	struct report report;
	int status = STATUS_FAILED;
	progress_allow();
	if (options->why && access(path, R_OK) == 0 && !ask_program_why(path))
		warning("%s: no interpreter answered: the audit is over, or was not begun with --why, or its "
			"interpreters are idle; one answers when it "
			"opens, removes or imports something",
			path);
	if (pipeline_report_file(arena, path, options->force, options, PIPELINE_FROM_JOURNAL, since_ns, &loaded,
				 &report) == 0) {
		enum gate_result result = gate_judge(gate, &report);
		if (output_write(arena, options, gate, &report, path, output_wanted(options) ? NULL : stdout) == 0)
			status = result == GATE_FAILED       ? (int)options->exit_code
				 : result == GATE_INCOMPLETE ? STATUS_INCOMPLETE
							     : 0;
	}
	journal_load_free(&loaded);
	arena_free(arena);
	return status;
}

/* The worse of two exit statuses: an own failure, then a failed gate, then an incomplete audit. */
static int worse(int a, int b)
{
	if (a == STATUS_FAILED || b == STATUS_FAILED)
		return STATUS_FAILED;
	if (a == 0 || (a == STATUS_INCOMPLETE && b != 0))
		return b;
	return a;
}

int command_report(struct arena *arena, struct options *options)
{
	static char *const usual[] = {"pageleak.data", NULL};
	char *const *journals = options->operand_count > 0 ? options->operands : usual;
	int status = 0;
	if (output_check(arena, options))
		return STATUS_FAILED;
	if (options->operand_count > 1 && !output_repeatable(options)) {
		error("several journals cannot share one report file; run 'pageleak report' once for each");
		return STATUS_FAILED;
	}
	for (size_t i = 0; journals[i]; i++) {
		if (options->operand_count > 1)
			printf("%s== %s ==\n", i ? "\n" : "", text_shown(arena, text_of(journals[i])));
		struct options own = *options;
		struct gate gate;
		begun_options_take_over(arena, journals[i], &own);
		if (gate_parse(arena, &own, &gate))
			return STATUS_FAILED;
		status = worse(status, command_report_one(journals[i], &own, &gate, 0));
	}
	return status;
}
