/*
 * program_end.c - concludes how the audited program ended. Must not ask the machine.
 */
#include "judge/program_end.h"
#include "model/process_model.h"
#include <signal.h>
#include <sys/wait.h>

#define MINUTE_NS UINT64_C(60000000000) /* by which clocks may be corrected while a machine starts */

bool program_end_is_crash(int number)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (faults[i] == number)
			return true;
	return false;
}

static struct ending by_signal(int number)
{
	return (struct ending){program_end_is_crash(number) ? ENDING_CRASHED : ENDING_KILLED, number};
}

/* The last image of the process that the command became, or that began the audit; NULL: it has no record. */
static const struct process *first_process(const struct journal *journal)
{
	const struct process *first = NULL;
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		if (process->pid == journal->creator_pid && process->audited && !process->replaced &&
		    (!first || process->started_ns > first->started_ns))
			first = process;
	}
	return first;
}

uint64_t program_end_last_ns(const struct journal *journal)
{
	uint64_t last = journal->event_count ? journal->events[journal->event_count - 1].time_ns : journal->started_ns;
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		last = process->started_ns > last ? process->started_ns : last;
		last = process->ended_ns > last ? process->ended_ns : last;
	}
	return last;
}

struct ending program_end_find(const struct journal *journal, enum mode mode, uint64_t boot_ns)
{
	if (mode == MODE_SNAPSHOT)
		return (struct ending){ENDING_RUNNING, 0};
	if (journal->has_end)
		return WIFSIGNALED(journal->wait_status) ? by_signal(WTERMSIG(journal->wait_status))
							 : (struct ending){ENDING_CLEAN, 0};
	const struct process *process = first_process(journal);
	if (process && process->ended_cleanly)
		return (struct ending){ENDING_CLEAN, 0};
	if (process && process->signal)
		return by_signal(process->signal);
	if (!process || journal->elsewhere)
		return (struct ending){ENDING_UNKNOWN, 0};
	return (struct ending){boot_ns > program_end_last_ns(journal) + MINUTE_NS ? ENDING_LOST : ENDING_KILLED, 0};
}
