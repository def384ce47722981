/*
 * mounts_and_roots.c - writes notes of root directories and mounts.
 *
 * Must not: read a string of the program before the kernel has accepted it.
 */
#include "process/mounts_and_roots.h"
#include "journal/journal.h"
#include "journal/note.h"
#include "system/raw.h"
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>

struct scratch *root_before_change(void)
{
	struct scratch *here = journal_is_open() ? scratch_take() : NULL;

	if (here && raw_getcwd(here->path, sizeof here->path) < 0)
		*here->path = 0;
	return here;
}

/* `path` as an absolute path, by the current directory in `here`; NULL when that is not known, or too long. */
static const char *whole(struct scratch *here, const char *path)
{
	size_t base = here && *path != '/' ? strlen(here->path) : 0, size = strnlen(path, sizeof here->path);

	if (*path == '/')
		return path;
	if (!base || base + 1 + size >= sizeof here->path)
		return NULL;
	here->path[base] = '/';
	memcpy(here->path + base + 1, path, size + 1);
	return here->path;
}

void root_changed(struct scratch *here, const char *path)
{
	if (path) /* not once a process: the next root directory is named by its path in this one */
		note_commit(note_begin(NOTE_CHROOT, whole(here, path)));
	if (here)
		scratch_release(here);
}

/* Is it a file system in memory? Its files vanish with its mount, so none of them is left under another name. */
static bool goes_with_its_mount(const char *type)
{
	static const char *const types[] = {"tmpfs",  "ramfs",  "proc",    "sysfs",   "devpts",
					    "mqueue", "cgroup", "cgroup2", "devtmpfs"};

	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

void mounts_added(const char *target, const char *type, unsigned long flags)
{
	const unsigned long elsewhere = MS_BIND | MS_MOVE,
			    same = MS_REMOUNT | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

	if (!(flags & same) && (flags & elsewhere || !goes_with_its_mount(type)))
		mounts_changed(target);
}

void mounts_changed(const char *target)
{
	note_write(NOTE_MOUNTS, target);
}

void mounts_entered(int kind)
{
	if (!kind || kind & CLONE_NEWNS)
		note_write(NOTE_MOUNTS, NULL);
}
