/*
 * launch.h - what stands between pageleak and the audited command: the library's place, the environment, exec.
 */
#ifndef PAGELEAK_LAUNCH_H
#define PAGELEAK_LAUNCH_H

#include "audit/journal_create.h"
#include "base/arena.h"
#include "format.h"
#include "options/options.h"
#include "options/options_settings.h"
#include <stdbool.h>

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

/* The path of this pageleak; NULL after a message. */
const char *launch_command(struct arena *arena);

/* The keys of PAGELEAK that are no options. */
enum launch_key {
#define SETTING(id, ...) KEY_##id,
#include "settings.def"
#undef OPTION
#undef SETTING
	KEY_COUNT
};
extern const char *const launch_key_names[KEY_COUNT];

/* Their values, as far as they are not the same in every process. */
struct launch_settings {
	const char *
		command; /* path of pageleak, which the library starts for reports; an image without it begins an audit of its own */
	pid_t parent;    /* the pageleak that stays the command's parent and passes signals on; 0 none */
	pid_t reporting; /* the process that has a report made when it ends; 0: the parent does, or nobody */
	bool journal_stays;
};
/* The value of PAGELEAK, for this directory. Of options that are too long only what the library needs, after a message. NULL: not even that. */
const char *launch_settings(struct arena *arena, const struct options *options, enum option_passed least,
			    const struct launch_settings *it);

/* The options as the journal has them for later reports (journal_wanted.settings). NULL: they are too long. */
const char *launch_record(struct arena *arena, const struct options *options);

/* Which pid namespace this process is in: the numbers of others mean nothing here. "0": not known. */
const char *launch_pid_space(struct arena *arena);

/* Replaces this process by the command. Returns only when that failed, with errno. Changes this process's environment. */
int launch_exec(const struct launch *launch, char **argv);

/* Says that `command` could not be run because of `code`, an errno; returns the exit status for it, 126 or 127. */
int launch_refused(const char *command, int code);

#endif
