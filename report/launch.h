/*
 * launch.h - what stands between pageleak and the audited command: the library's place, the environment, exec.
 */
#ifndef PAGELEAK_LAUNCH_H
#define PAGELEAK_LAUNCH_H

#include "journal_file.h"
#include "options.h"

struct launch {
	const char *preload;  /* value of LD_PRELOAD */
	const char *settings; /* value of PAGELEAK */
	struct journal_file journal;
};

/*
 * Finds the library, makes the journal (`kept` NULL: a temporary one) and the environment's values for the command in
 * options->operands. Returns 0, or -1 after a message.
 */
int launch_prepare(struct arena *arena, struct options *options, const char *kept, struct launch *out);

/* Replaces this process by the command. Returns only when that failed, with errno. Changes this process's environment. */
int launch_exec(const struct launch *launch, char **argv);

/* Says that `command` could not be run because of `code`, an errno; returns the exit status for it, 126 or 127. */
int launch_refused(const char *command, int code);

#endif
