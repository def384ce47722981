/*
 * disk.c - reads the disk at the time of the report: the only file of the report that does so for pages.
 */
#include "machine/disk.h"
#include "format.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

static uint64_t ns_of(struct statx_timestamp time)
{
	return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* `changed_ns`, which may be NULL, becomes the time of the last change of the inode. */
static struct disk_entry stat_entry(int directory, const char *name, int flags, uint64_t *changed_ns)
{
	struct statx status;
	unsigned wanted = STATX_TYPE | STATX_MODE | STATX_INO | STATX_BLOCKS | STATX_BTIME | STATX_UID | STATX_CTIME;
	if (statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | flags, wanted, &status))
		return (struct disk_entry){0};
	struct disk_entry entry = {
		.exists = true,
		.identity = {.device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor,
			     .inode = status.stx_ino},
		.mode = status.stx_mode,
		.bytes = status.stx_blocks * 512,
		.uid = status.stx_uid,
	};
	if (status.stx_mask & STATX_BTIME)
		entry.identity.birth_ns = ns_of(status.stx_btime) ? ns_of(status.stx_btime) : 1; /* 0: not known */
	if (changed_ns)
		*changed_ns = ns_of(status.stx_ctime);
	return entry;
}

/*
 * Keeps the latest name of each slot: programs create the same few names many times, and each of their pages asks for
 * its name.
 */
enum { SLOTS = 1 << 14, NAME_KEPT = 120 };
struct cached_disk {
	struct disk disk; /* first */
	struct seen {
		char path[NAME_KEPT];
		struct disk_entry entry;
	} seen[SLOTS];
};

static struct disk_entry look(struct disk *disk, const char *path)
{
	struct seen *slots = ((struct cached_disk *)disk)->seen;
	size_t size = strlen(path) + 1;
	unsigned hash;
	if (size > NAME_KEPT)
		return stat_entry(AT_FDCWD, path, 0, NULL);
	HASH_FUNCTION(path, size, hash);
	struct seen *seen = &slots[hash % SLOTS];
	if (memcmp(seen->path, path, size)) {
		seen->entry = stat_entry(AT_FDCWD, path, 0, NULL);
		memcpy(seen->path, path, size);
	}
	return seen->entry;
}

static struct disk_entry look_uncached(struct disk *disk, const char *path)
{
	(void)disk;
	return stat_entry(AT_FDCWD, path, AT_STATX_DONT_SYNC, NULL);
}

static bool resolve(struct disk *disk, const char *directory, char *out)
{
	(void)disk;
	return realpath(directory, out) != NULL;
}

/* Opens without a change of the access time where that is permitted. */
static int open_quietly(const char *path, int flags)
{
	int file = open(path, flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOATIME);
	return file >= 0 ? file : open(path, flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* Opens the directory if it is the expected one. `changed_ns` becomes the time since which no entry was added. */
static DIR *open_expected(const char *path, const struct identity *expected, uint64_t *changed_ns)
{
	int file = open_quietly(path, O_DIRECTORY | O_NONBLOCK);
	if (file < 0)
		return NULL;
	struct disk_entry entry = stat_entry(file, "", AT_EMPTY_PATH, changed_ns);
	bool same =
		entry.exists && entry.identity.device == expected->device && entry.identity.inode == expected->inode;
	DIR *directory = same ? fdopendir(file) : NULL;
	if (!directory)
		close(file);
	return directory;
}

static void list(struct disk *disk, const char *path, const struct identity *expected, uint64_t since_ns,
		 disk_visit *visit, void *context)
{
	(void)disk;
	uint64_t changed_ns;
	DIR *directory = open_expected(path, expected, &changed_ns);
	bool more = true;
	for (struct dirent *at; directory && more && (at = readdir(directory));) {
		if (!strcmp(at->d_name, ".") || !strcmp(at->d_name, ".."))
			continue;
		struct disk_entry entry = {0};
		if (changed_ns >= since_ns || at->d_type == DT_DIR || at->d_type == DT_UNKNOWN)
			entry = stat_entry(dirfd(directory), at->d_name, 0, NULL);
		more = visit(context, at->d_name, entry.exists ? &entry : NULL);
	}
	if (directory)
		closedir(directory);
}

static size_t head(struct disk *disk, const char *path, char *out, size_t size)
{
	(void)disk;
	struct stat status;
	int file = open_quietly(path, O_NONBLOCK | O_NOCTTY);
	ssize_t count = file >= 0 && !fstat(file, &status) && S_ISREG(status.st_mode) ? pread(file, out, size, 0) : 0;
	if (file >= 0)
		close(file);
	return count > 0 ? (size_t)count : 0;
}

struct disk *disk_open(struct arena *arena)
{
	struct cached_disk *cached = arena_take(arena, sizeof *cached);
	cached->disk = (struct disk){look, resolve, list, head};
	return &cached->disk;
}

struct disk disk_living = {look_uncached, resolve, list, head};
