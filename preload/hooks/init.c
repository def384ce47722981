/*
 * init.c - reads the environment, maps the journal, and writes the first record.
 *
 * Must not: print, fail, or keep a descriptor.
 */
#include "hooks/init.h"
#include "process/environment.h"
#include "journal/journal.h"
#include "journal/note.h"
#include "system/settings.h"
#include "process/process_records.h"
#include "reporting/reporter.h"
#include "system/valgrind.h"
#include "reporting/report_signal.h"
#include "stacks/stacks.h"
#include "why/why.h"
#include <dlfcn.h>
#include <stddef.h>

/* Runs after the program's exit handlers and destructors, because it was registered before them. */
static void after_exit(int status, void *unused)
{
	(void)unused;
	why_left();
	process_exit(status, EXIT_GONE);
	reporter_end();
}

/* The same for quick_exit, which runs no handlers of exit. */
static void after_quick_exit(void *unused)
{
	(void)unused;
	reporter_end();
}

void init_audit(void)
{
	int (*register_exit)(void (*)(int, void *), void *);
	int (*register_quick)(void (*)(void *), void *);

	const char *settings = environment_value(environ, OPTIONS_VARIABLE);

	if (environment_is_off(settings))
		return;
	if (!environment_joins(settings) && !(settings = reporter_begin()))
		return;
	options_read(settings);
	journal_on_fork(process_begin_forked);
	if (!options.journal[0] || journal_open(options.journal))
		return;
	environment_open(settings);
	reporter_open();
	stacks_open();
	process_begin_execed();
	if (journal.small)
		note_write(NOTE_JOURNAL_SMALL, NULL);
	if (valgrind_runs_this())
		note_write(NOTE_SIMULATED, NULL);
	register_exit = (int (*)(void (*)(int, void *), void *))dlsym(RTLD_DEFAULT, "on_exit");
	if (register_exit)
		register_exit(after_exit, NULL);
	register_quick = (int (*)(void (*)(void *), void *))dlsym(RTLD_DEFAULT, "__cxa_at_quick_exit");
	if (register_quick && options.audit)
		register_quick(after_quick_exit, NULL);
	dlerror(); /* takes the errors of these lookups away */
	report_signal_open();
	why_open();
}
