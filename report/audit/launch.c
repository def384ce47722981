/*
 * launch.c - prepares the environment of the audited command and executes it in this process. Does not fork and does
 * not wait: see process_wait.c.
 */
#include "audit/launch.h"
#include "audit/signals.h"
#include "base/message.h"
#include "machine/proc.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *const launch_key_names[KEY_COUNT] = {
#define SETTING(id, ...) #id,
#include "settings.def"
#undef OPTION
#undef SETTING
};

const char *launch_command(struct arena *arena)
{
	char exe[PATH_MAX];
	ssize_t size = readlink(PROC_OWN_EXE, exe, sizeof exe);
	if (size > 0)
		return arena_copy(arena, exe, (size_t)size);
	error("cannot read " PROC_OWN_EXE ", so the library cannot be found: %s", strerror(errno));
	return NULL;
}

static const char *find_library(struct arena *arena, const char *command)
{
	static const char *const places[] = {"libpageleak.so", "../lib/pageleak/libpageleak.so"};
	char path[PATH_MAX];
	const char *slash = strrchr(command, '/'),
		   *exe = arena_copy(arena, command, slash ? (size_t)(slash - command) : 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (realpath(arena_format(arena, "%s/%s", exe, places[i]), path) && access(path, R_OK) == 0)
			return arena_copy(arena, path, strlen(path));
	}
	error("libpageleak.so is neither in %s nor in %s/../lib/pageleak; 'make' builds it there", exe, exe);
	return NULL;
}

/* The library, then the previous value without the library (for an audit within an audit). */
static const char *preload_value(struct arena *arena, const char *library)
{
	const char *rest = getenv("LD_PRELOAD");
	const char *value = library;
	while (rest && *rest) {
		size_t size = strcspn(rest, ": ");
		const char *word = arena_copy(arena, rest, size);
		if (size > 0 && strcmp(word, library) != 0)
			value = arena_format(arena, "%s:%s", value, word);
		rest += size;
		rest += *rest != 0;
	}
	return value;
}

/* Limits the size: every process of the tree has the settings in its environment, and programs need that room, too. */
static const char *settings_within(struct arena *arena, const struct options *options, enum option_passed least,
				   const struct setting *own)
{
	enum { SETTINGS_MOST = 8000 };
	const char *settings = options_settings(arena, options, least, own);
	return settings && strlen(settings) <= SETTINGS_MOST ? settings : NULL;
}

const char *launch_record(struct arena *arena, const struct options *options)
{
	enum { RECORD_MOST = 1 << 18 }; /* a part of the chunk */
	const char *settings = options_settings(arena, options, PASSED_REPORTED, NULL);
	if (settings && strlen(settings) <= RECORD_MOST)
		return settings;
	warning("the options are too long for the journal: later reports on it do not know them");
	return NULL;
}

const char *launch_pid_space(struct arena *arena)
{
	return arena_format(arena, "%llu", (unsigned long long)proc_pid_space());
}

const char *launch_settings(struct arena *arena, const struct options *options, enum option_passed least,
			    const struct launch_settings *it)
{
	char cwd[PATH_MAX];
	int signal = signals_number(options->signal ? options->signal : "USR2");
	struct setting own[KEY_COUNT + 1] = {
		[KEY_command].value = it->command,
		[KEY_parent].value = arena_format(arena, "%d", (int)it->parent),
		[KEY_audit].value = arena_format(arena, "%d", (int)it->reporting),
		[KEY_space].value = launch_pid_space(arena),
		[KEY_stays].value = it->journal_stays ? "1" : "0",
		[KEY_signal].value = arena_format(arena, "%d", signal > 0 ? signal : 0),
		[KEY_cwd].value = getcwd(cwd, sizeof cwd) ? cwd : "/",
	};
	for (int key = 0; key < KEY_COUNT; key++)
		own[key].name = launch_key_names[key];
	const char *settings = settings_within(arena, options, least, own);
	if (settings)
		return settings;
	warning("the options are too long to be passed on: reports at a signal or without a command do not know them");
	return settings_within(arena, options, PASSED_PASSED, own);
}

int launch_prepare(struct arena *arena, struct options *options, const char *kept, struct launch *out)
{
	const char *command = launch_command(arena), *library = command ? find_library(arena, command) : NULL;
	bool stays = options->command & COMMANDS_WAITING;
	if (!library || signals_check(options->signal))
		return -1;
	if (strpbrk(library, " :\t\n"))
		return error("%s: LD_PRELOAD cannot take a path with a space or a colon; install pageleak elsewhere",
			     library);
	struct journal_wanted wanted = {kept,     (uint64_t)options->size,       options->operands,
					getpid(), launch_record(arena, options), !stays};
	if (journal_create(arena, &wanted, &out->journal))
		return -1;
	options->journal = out->journal.path;
	out->preload = preload_value(arena, library);
	struct launch_settings settings = {command, stays ? getpid() : 0, 0, !out->journal.temporary};
	out->settings = launch_settings(arena, options, PASSED_REPORTED, &settings);
	if (out->settings)
		return 0;
	journal_create_close(&out->journal);
	return error("the settings do not fit into the environment");
}

int launch_exec(const struct launch *launch, char **argv)
{
	if (setenv("LD_PRELOAD", launch->preload, 1) != 0 || setenv("PAGELEAK", launch->settings, 1) != 0)
		return errno;
	execvp(argv[0], argv);
	return errno;
}

int launch_refused(const char *command, int code)
{
	if (code == ENOENT) {
		error("%s: command not found", command);
		return STATUS_NOT_FOUND;
	}
	error("%s: cannot be run: %s", command, strerror(code));
	return STATUS_NOT_RUNNABLE;
}
