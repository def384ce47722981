/*
 * find_audits.c - which processes write to which journal. Must not change anything, least of all the journal.
 */
#include "machine/find_audits.h"
#include "base/message.h"
#include "base/text.h"
#include "machine/journal_load.h"
#include "machine/proc.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* One shared mapping of a file. */
struct mapping {
	char range[64];
	const char *path;
	unsigned long inode;
	dev_t device;
};

static bool parse(char *line, struct mapping *out)
{
	char permissions[8];
	unsigned major, minor;
	int at = 0;
	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%63s %7s %*s %x:%x %lu %n", out->range, permissions, &major, &minor, &out->inode, &at) != 5 ||
	    !at || line[at] != '/' || permissions[3] != 's')
		return false;
	out->path = line + at;
	out->device = makedev(major, minor);
	return true;
}

/* Calls `visit` for the shared mappings of a process until it gives true. False, with errno, when they cannot be read. */
static bool each_mapping(const char *pid, bool (*visit)(void *context, const char *pid, const struct mapping *mapping),
			 void *context)
{
	char name[64], *line = NULL;
	size_t room = 0;
	struct mapping mapping;
	snprintf(name, sizeof name, "/proc/%s/maps", pid);
	FILE *maps = strlen(pid) < 32 ? fopen(name, "re") : NULL;
	bool found = false;
	while (maps && !found && getline(&line, &room, maps) > 0)
		found = parse(line, &mapping) && visit(context, pid, &mapping);
	bool read = maps && !ferror(maps);
	int code = errno;
	free(line);
	if (maps)
		fclose(maps);
	errno = code;
	return read;
}

/* ---- the journal of a process ---- */

struct search {
	struct arena *arena;
	const char *found;
	pid_t parent;
};

/*
 * By its name, by its name below the process's root directory, or, when it has no name any more, by the mapping itself, which takes
 * privileges.
 */
static bool take_journal(void *context, const char *pid, const struct mapping *mapping)
{
	struct search *search = context;
	const char *names[] = {
		mapping->path,
		arena_format(search->arena, "/proc/%s/root%s", pid, mapping->path),
		arena_format(search->arena, "/proc/%s/map_files/%s", pid, mapping->range),
	};
	for (size_t i = 0; i < sizeof names / sizeof *names && !search->found; i++)
		if (journal_load_is_journal(names[i]))
			search->found = arena_copy(search->arena, names[i], strlen(names[i]));
	return search->found;
}

/* ---- all processes ---- */

/* Processes of this user; root's are everybody's. Stops when `visit` gives true. */
static bool each_process(bool (*visit)(void *context, const char *pid), void *context)
{
	DIR *directory = opendir("/proc");
	bool found = false;
	for (struct dirent *at; directory && !found && (at = readdir(directory));) {
		struct stat status;
		if (at->d_name[strspn(at->d_name, "0123456789")] || fstatat(dirfd(directory), at->d_name, &status, 0))
			continue;
		if (!geteuid() || status.st_uid == geteuid())
			found = visit(context, at->d_name);
	}
	if (directory)
		closedir(directory);
	return found;
}

/* Of a child's: `pageleak run` stands between. */
static bool take_child(void *context, const char *pid)
{
	struct search *search = context;
	if (proc_parent((pid_t)atol(pid)) == search->parent)
		each_mapping(pid, take_journal, search);
	return search->found;
}

const char *locate_journal(struct arena *arena, const char *pid)
{
	struct search search = {.arena = arena, .parent = (pid_t)atol(pid)};
	errno = 0;
	bool read = each_mapping(pid, take_journal, &search);
	int code = errno;
	if (read && !search.found)
		each_process(take_child, &search);
	if (!read && (code == ENOENT || !code))
		error("there is no process %s; of an audit that has ended tells 'pageleak report JOURNAL'", pid);
	else if (!read && code == ESRCH)
		error("process %s has ended", pid);
	else if (!read)
		error("process %s cannot be looked into: %s", pid, strerror(code));
	else if (!search.found)
		error("process %s is not audited: start it with 'pageleak run' or 'pageleak record'", pid);
	return search.found;
}

static bool same_file(void *context, const char *pid, const struct mapping *mapping)
{
	const struct stat *status = context;
	struct stat other;
	char name[128];
	if (mapping->inode != status->st_ino)
		return false;
	if (mapping->device == status->st_dev)
		return true;
	/* Some file systems show another device there. */
	snprintf(name, sizeof name, "/proc/%s/map_files/%s", pid, mapping->range);
	return (!stat(name, &other) || !stat(mapping->path, &other)) && other.st_dev == status->st_dev &&
	       other.st_ino == status->st_ino;
}

struct wanted {
	struct stat status;
	bool found;
};

static bool note_same(void *context, const char *pid, const struct mapping *mapping)
{
	struct wanted *wanted = context;
	return wanted->found = same_file(&wanted->status, pid, mapping);
}

static bool process_has(void *context, const char *pid)
{
	struct wanted *wanted = context;
	each_mapping(pid, note_same, wanted);
	return wanted->found;
}

bool locate_has(uint32_t pid, int descriptor)
{
	struct wanted wanted = {.found = false};
	char name[16];
	snprintf(name, sizeof name, "%u", pid);
	if (fstat(descriptor, &wanted.status))
		return false;
	bool read = each_mapping(name, note_same, &wanted);
	return wanted.found || (!read && (errno == EACCES || errno == EPERM));
}

bool locate_any(int descriptor)
{
	struct wanted wanted = {.found = false};
	return !fstat(descriptor, &wanted.status) && each_process(process_has, &wanted);
}

/* ---- all audits ---- */

struct audits {
	struct arena *arena;
	struct audit_seen *at;
	struct stat *status;
	size_t count, room, status_room;
};

static const char *command_of(struct arena *arena, const char *pid)
{
	char bytes[256];
	FILE *file = fopen(arena_format(arena, "/proc/%s/cmdline", pid), "re");
	size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
	if (file)
		fclose(file);
	while (size && !bytes[size - 1])
		size--;
	for (size_t i = 0; i < size; i++)
		if (!bytes[i])
			bytes[i] = ' ';
	return text_shown(arena, (struct text){bytes, size});
}

static bool add_audit(void *context, const char *pid)
{
	struct audits *audits = context;
	struct search search = {.arena = audits->arena};
	struct stat status;
	uint32_t number = (uint32_t)strtoul(pid, NULL, 10);
	each_mapping(pid, take_journal, &search);
	if (!search.found || stat(search.found, &status))
		return false;
	for (size_t i = 0; i < audits->count; i++)
		if (audits->status[i].st_ino == status.st_ino && audits->status[i].st_dev == status.st_dev) {
			audits->at[i].processes++;
			if (number < audits->at[i].pid)
				audits->at[i] = (struct audit_seen){search.found, number, audits->at[i].processes,
								    command_of(audits->arena, pid)};
			return false;
		}
	audits->at = arena_grow(audits->arena, audits->at, audits->count, &audits->room, sizeof *audits->at, 8);
	audits->status = arena_grow(audits->arena, audits->status, audits->count, &audits->status_room,
				    sizeof *audits->status, 8);
	audits->at[audits->count] = (struct audit_seen){search.found, number, 1, command_of(audits->arena, pid)};
	audits->status[audits->count++] = status;
	return false;
}

size_t locate_audits(struct arena *arena, struct audit_seen **out)
{
	struct audits audits = {.arena = arena};
	each_process(add_audit, &audits);
	*out = audits.at;
	return audits.count;
}
