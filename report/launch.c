/*
 * launch.c - prepares the environment of the audited command and starts it in place of this process. It does not fork
 * and does not wait: see run.c.
 */
#include "launch.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *find_library(struct arena *arena)
{
	static const char *const places[] = {"libpageleak.so", "../lib/pageleak/libpageleak.so"};
	char exe[PATH_MAX], path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (size <= 0) {
		error("cannot read /proc/self/exe, so the library cannot be found: %s", strerror(errno));
		return NULL;
	}
	exe[size] = 0;
	char *slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (realpath(arena_format(arena, "%s/%s", exe, places[i]), path) && access(path, R_OK) == 0)
			return arena_copy(arena, path, strlen(path));
	}
	error("libpageleak.so is neither in %s nor in %s/../lib/pageleak; 'make' builds it there", exe, exe);
	return NULL;
}

/* The library first, then what was there, without the library itself (an audit within an audit). */
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

int launch_prepare(struct arena *arena, struct options *options, const char *kept, struct launch *out)
{
	const char *library = find_library(arena);
	if (!library)
		return -1;
	if (strpbrk(library, " :\t\n"))
		return error("%s: LD_PRELOAD cannot take a path with a space or a colon; install pageleak elsewhere",
			     library);
	if (journal_file_create(arena, kept, (uint64_t)options->size, options->operands, &out->journal))
		return -1;
	options->journal = out->journal.path;
	out->preload = preload_value(arena, library);
	out->settings = options_for_library(arena, options);
	if (out->settings)
		return 0;
	journal_file_close(&out->journal);
	return error("no memory");
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
