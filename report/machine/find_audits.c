/*
 * find_audits.c - finds the journals to which processes write. Must not change anything, least of all a journal.
 */
#include "machine/find_audits.h"
#include "base/message.h"
#include "base/text.h"
#include "machine/journal_load.h"
#include "machine/proc.h"
#include "settings_text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* ---- the journal of a process ---- */

struct search {
	struct arena *arena;
	const char *found;
	pid_t parent;
};

/* May it be a journal: a shared mapping of a file? */
static bool may_be_journal(const struct proc_mapping *mapping)
{
	return mapping->shared && *mapping->path == '/';
}

/*
 * Stores the first name by which the mapped journal can be opened: its path, the same path below the root directory of
 * the process, or the mapping itself, which takes privileges and works for a file without a name.
 */
static bool take_journal(void *context, pid_t pid, const struct proc_mapping *mapping)
{
	struct search *search = context;
	if (!may_be_journal(mapping))
		return false;
	char file[PROC_NAME_SIZE];
	const char *names[] = {
		mapping->path,
		proc_in_root(search->arena, pid, mapping->path),
		proc_mapped_file(file, pid, mapping),
	};
	for (size_t i = 0; i < sizeof names / sizeof *names && !search->found; i++)
		if (journal_load_is_journal(names[i]))
			search->found = arena_copy(search->arena, names[i], strlen(names[i]));
	return search->found;
}

/* ---- all processes ---- */

/* Searches a child of the process: `pageleak run` is the parent of the audited program. */
static bool take_child(void *context, pid_t pid)
{
	struct search *search = context;
	if (proc_is_ours(pid) && proc_parent(pid) == search->parent)
		proc_each_mapping(pid, take_journal, search);
	return search->found;
}

/* The number of a process; 0 for digits that are none. */
static pid_t pid_of(const char *digits)
{
	unsigned long number = *digits == '0' ? 0 : strtoul(digits, NULL, 10);
	return number <= PID_MOST ? (pid_t)number : 0;
}

const char *find_audits_journal(struct arena *arena, const char *digits)
{
	pid_t pid = pid_of(digits);
	struct search search = {.arena = arena, .parent = pid};
	int result = proc_each_mapping(pid, take_journal, &search);
	if (result == 0)
		proc_each(take_child, &search);
	if (result == -ENOENT)
		error("there is no process %s; of an audit that has ended tells 'pageleak report JOURNAL'", digits);
	else if (result == -ESRCH)
		error("process %s has ended", digits);
	else if (result < 0)
		error("process %s cannot be looked into: %s", digits, strerror(-result));
	else if (!search.found)
		error("process %s is not audited: start it with 'pageleak run' or 'pageleak record'", digits);
	return search.found;
}

struct wanted {
	struct stat status;
	uint64_t device; /* of `status`, as proc_mapping has it */
	bool found;
};

static bool is_wanted(const struct wanted *wanted, pid_t pid, const struct proc_mapping *mapping)
{
	struct stat other;
	char file[PROC_NAME_SIZE];
	if (!may_be_journal(mapping) || mapping->inode != wanted->status.st_ino)
		return false;
	if (mapping->device == wanted->device)
		return true;
	/* Some file systems show another device there. */
	return (!stat(proc_mapped_file(file, pid, mapping), &other) || !stat(mapping->path, &other)) &&
	       other.st_dev == wanted->status.st_dev && other.st_ino == wanted->status.st_ino;
}

static bool note_wanted(void *context, pid_t pid, const struct proc_mapping *mapping)
{
	struct wanted *wanted = context;
	return wanted->found = is_wanted(wanted, pid, mapping);
}

static bool process_has(void *context, pid_t pid)
{
	struct wanted *wanted = context;
	if (proc_is_ours(pid))
		proc_each_mapping(pid, note_wanted, wanted);
	return wanted->found;
}

static bool want(struct wanted *wanted, int descriptor)
{
	*wanted = (struct wanted){.found = false};
	if (fstat(descriptor, &wanted->status))
		return false;
	wanted->device = (uint64_t)major(wanted->status.st_dev) << 32 | minor(wanted->status.st_dev);
	return true;
}

bool find_audits_maps(uint32_t pid, int descriptor)
{
	struct wanted wanted;
	if (!want(&wanted, descriptor))
		return false;
	int result = proc_each_mapping((pid_t)pid, note_wanted, &wanted);
	return wanted.found || result == -EACCES || result == -EPERM;
}

bool find_audits_any_maps(int descriptor)
{
	struct wanted wanted;
	return want(&wanted, descriptor) && proc_each(process_has, &wanted);
}

/* ---- all audits ---- */

struct audits {
	struct arena *arena;
	struct audit_seen *at;
	struct stat *status;
	size_t count, room, status_room;
};

static const char *command_of(struct arena *arena, pid_t pid)
{
	char bytes[256];
	size_t size = proc_cmdline(pid, bytes, sizeof bytes);
	while (size && !bytes[size - 1])
		size--;
	for (size_t i = 0; i < size; i++)
		if (!bytes[i])
			bytes[i] = ' ';
	return text_shown(arena, (struct text){bytes, size});
}

static bool add_audit(void *context, pid_t pid)
{
	struct audits *audits = context;
	struct search search = {.arena = audits->arena};
	struct stat status;
	uint32_t number = (uint32_t)pid;
	if (proc_is_ours(pid))
		proc_each_mapping(pid, take_journal, &search);
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

size_t find_audits(struct arena *arena, struct audit_seen **out)
{
	struct audits audits = {.arena = arena};
	proc_each(add_audit, &audits);
	*out = audits.at;
	return audits.count;
}
