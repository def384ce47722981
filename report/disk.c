/*
 * disk.c - what the disk says at the time of the report. The only place of the report that looks at pages themselves.
 */
#include "verdict.h"
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct disk_entry look(struct disk *disk, const char *path)
{
	(void)disk;
	struct statx status;
	unsigned wanted = STATX_TYPE | STATX_MODE | STATX_INO | STATX_BLOCKS | STATX_BTIME;
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, wanted, &status))
		return (struct disk_entry){0};
	struct disk_entry entry = {
		.exists = true,
		.identity = {.device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor, .inode = status.stx_ino},
		.mode = status.stx_mode,
		.bytes = status.stx_blocks * 512,
	};
	if (status.stx_mask & STATX_BTIME)
		entry.identity.birth_ns = (uint64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
	return entry;
}

static bool resolve(struct disk *disk, const char *directory, char *out)
{
	(void)disk;
	return realpath(directory, out) != NULL;
}

struct disk real_disk = {look, resolve};
