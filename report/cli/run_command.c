/*
 * run_command.c - `pageleak run` and `pageleak check`: starts the command as a child, passes signals on, waits for all
 * its descendants, reports. Touches no standard stream and no descriptor of the command.
 */
#include "audit/launch.h"
#include "audit/process_wait.h"
#include "base/arena.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/pipeline.h"
#include "findings/baseline.h"
#include "findings/gate.h"
#include "model/coverage_model.h"
#include "model/report_model.h"
#include "output/output.h"
#include <errno.h>
#include <signal.h>

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Makes the audit incomplete by the processes that still run: they may create and remove more. */
static void name_running(struct arena *arena, const struct process_wait_end *end, struct coverage *coverage)
{
	coverage->running = arena_take(arena, (end->left_count + 1) * sizeof *coverage->running);
	for (size_t i = 0; i < end->left_count; i++)
		coverage->running[coverage->running_count++] =
			(struct running){(uint32_t)end->left[i].pid, text_of(end->left[i].exe)};
	coverage->complete = coverage->complete && end->all_ended;
}

static int judge(struct arena *arena, struct launch *launch, const struct options *options, const struct gate *gate,
		 const struct process_wait_end *end, enum gate_result *result)
{
	struct loaded loaded;
	struct report report = {0};
	const char *name = launch->journal.path;
	progress_allow();
	if (journal_load_from(launch->journal.descriptor, name, &loaded))
		return -1;
	int failed = pipeline_report(arena, &loaded, name, options, end->all_ended ? PIPELINE_EXIT : PIPELINE_SNAPSHOT,
				     0, &report);
	if (!failed) {
		name_running(arena, end, &report.coverage);
		*result = gate_judge(gate, &report);
		failed = output_write(arena, options, gate, &report, launch->journal.temporary ? NULL : name, stderr);
	}
	journal_load_free(&loaded);
	return failed;
}

static int finish(struct arena *arena, struct launch *launch, const struct options *options, const struct gate *gate,
		  const struct process_wait_end *end)
{
	enum gate_result result = GATE_PASSED;
	int status = status_of(end->wait_status);
	int failed = journal_create_add_end(&launch->journal, end->wait_status, &end->ended) ||
		     judge(arena, launch, options, gate, end, &result);
	if (status != 0)
		return status; /* it takes precedence, even over an own failure, which was reported */
	if (failed)
		return STATUS_FAILED;
	if (result == GATE_FAILED)
		return (int)options->exit_code;
	return result == GATE_INCOMPLETE && options->command == COMMAND_check ? STATUS_INCOMPLETE : 0;
}

static int exec_command(void *context, char **argv)
{
	return launch_exec(context, argv);
}

static void note_killed(void *context, pid_t pid, int signal)
{
	struct launch *launch = context;
	journal_create_add_killed(&launch->journal, pid, signal);
}

int command_run(struct arena *arena, struct options *options)
{
	struct gate gate;
	struct launch launch;
	struct process_wait_end end;
	struct suppressions rules = {0}; /* read here only to find errors before the command runs */
	struct baseline baseline;
	int status = STATUS_FAILED;
	if (gate_parse(arena, options, &gate) || output_check(arena, options) ||
	    suppress_load(arena, options->suppressions, &rules) ||
	    (options->baseline && baseline_load(arena, options->baseline, &baseline)))
		return STATUS_FAILED;
	struct process_wait *wait = process_wait_open(arena);
	if (launch_prepare(arena, options, options->journal, &launch)) {
		process_wait_close(wait);
		return STATUS_FAILED;
	}
	int code = process_wait_run(wait, exec_command, note_killed, &launch, options->operands, options->settle, &end);
	if (code > 0)
		status = launch_refused(options->operands[0], code);
	else if (code == 0)
		status = finish(arena, &launch, options, &gate, &end);
	if (code != 0 && !launch.journal.temporary)
		launch.journal.temporary = true; /* nothing was audited */
	journal_create_close(&launch.journal);
	process_wait_close(wait);
	return status;
}
