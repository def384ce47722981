/*
 * snapshot.c - `pageleak snapshot PID`: finds the journal that a running process writes to, and reports on it. It reads /proc; the
 * process is neither stopped nor attached to, and need not take part.
 */
#include "commands.h"
#include "journal_file.h"
#include "output.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_journal(const char *path)
{
	char magic[8];
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t size = descriptor >= 0 ? read(descriptor, magic, sizeof magic) : 0;
	if (descriptor >= 0)
		close(descriptor);
	return size == sizeof magic && memcmp(magic, JOURNAL_MAGIC, sizeof magic) == 0;
}

/*
 * The journal behind one line of maps, if it is one: by its name, by its name below the process's root directory, or, when it has
 * no name any more, by the mapping itself, which takes privileges.
 */
static const char *journal_in(struct arena *arena, const char *pid, char *line)
{
	char range[64], permissions[8];
	int at = 0;
	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%63s %7s %*s %*s %*s %n", range, permissions, &at) != 2 || !at || line[at] != '/' || permissions[3] != 's')
		return NULL;
	const char *names[] = {
		line + at,
		arena_format(arena, "/proc/%s/root%s", pid, line + at),
		arena_format(arena, "/proc/%s/map_files/%s", pid, range),
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_journal(names[i]))
			return arena_copy(arena, names[i], strlen(names[i]));
	return NULL;
}

/* NULL after a message. */
static const char *find_journal(struct arena *arena, const char *pid)
{
	char *line = NULL;
	size_t room = 0;
	const char *found = NULL;
	FILE *maps = fopen(arena_format(arena, "/proc/%s/maps", pid), "re");
	while (maps && !found && getline(&line, &room, maps) > 0)
		found = journal_in(arena, pid, line);
	bool read = maps && !ferror(maps);
	int code = errno;
	free(line);
	if (maps)
		fclose(maps);
	if (!maps && code == ENOENT)
		error("there is no process %s", pid);
	else if (!read)
		error("process %s cannot be looked into: %s", pid, strerror(code));
	else if (!found)
		error("process %s is not audited: start it with 'pageleak run' or 'pageleak record'", pid);
	return found;
}

int command_snapshot(struct arena *arena, struct options *options)
{
	struct gate gate;
	const char *pid = options->operands[0];
	if (options->operand_count != 1 || !*pid || pid[strspn(pid, "0123456789")]) {
		error("'%s' is no process number: pageleak snapshot [OPTIONS] PID", options->operand_count == 1 ? pid : options->operands[options->operand_count - 1]);
		return STATUS_FAILED;
	}
	if (gate_parse(arena, options, &gate) || output_check(arena, options))
		return STATUS_FAILED;
	const char *path = find_journal(arena, pid);
	if (!path)
		return STATUS_FAILED;
	uint64_t last_ns = journal_file_snapshot(path);
	return report_on(path, options, &gate, options->new_since_last ? last_ns : 0);
}
