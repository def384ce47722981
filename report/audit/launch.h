/*
 * launch.h - starts the audited command: finds the library, sets the environment, calls exec.
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
 * Finds the library, creates the journal (`kept` NULL: a temporary one) and prepares the environment for the command in
 * options->operands. Returns 0, or -1 after a message.
 */
int launch_prepare(struct arena *arena, struct options *options, const char *kept, struct launch *out);

/* The path of this executable; NULL after a message. The arena owns it. */
const char *launch_command(struct arena *arena);

/* The keys of PAGELEAK that are no options (rows SETTING of settings.def). */
enum launch_key {
#define SETTING(id, ...) KEY_##id,
#include "settings.def"
#undef OPTION
#undef SETTING
	KEY_COUNT
};
extern const char *const launch_key_names[KEY_COUNT];

/* The values of those keys that the caller chooses; launch_settings finds out the others. */
struct launch_settings {
	const char *command; /* path of pageleak; a program whose PAGELEAK lacks it begins an audit of its own */
	pid_t parent;        /* the pageleak that waits for the command and passes signals on; 0: none */
	pid_t reporting; /* the process at whose end the library has a report made; 0: the parent reports, or nothing does */
	bool journal_stays;
};
/*
 * The value of PAGELEAK, with this working directory. When the options are too long, warns and keeps only those that
 * the library needs. NULL: even these are too long.
 */
const char *launch_settings(struct arena *arena, const struct options *options, enum option_passed least,
			    const struct launch_settings *it);

/*
 * The options as the journal records them for later reports (journal_wanted.settings). NULL after a warning when they
 * are too long.
 */
const char *launch_record(struct arena *arena, const struct options *options);

/* Identifies the pid namespace of this process: pids of another one are meaningless here. "0": not known. */
const char *launch_pid_space(struct arena *arena);

/*
 * Executes the command in place of this process. Returns only when that fails: an errno. Changes the environment of
 * this process.
 */
int launch_exec(const struct launch *launch, char **argv);

/* Reports that `command` could not be executed because of `code`, an errno. Returns the exit status: 126 or 127. */
int launch_refused(const char *command, int code);

#endif
