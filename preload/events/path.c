/*
 * path.c - calls statx, and asks the kernel for the paths of directories.
 *
 * Must not: follow a symlink at the end of a name that the program's own call would not follow.
 */
#include "events/path.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "journal/shared_words.h"
#include "system/raw.h"
#include <string.h>

/*
 * Without times of change: since Linux 6.13, to ask for one makes the next change take a finer timestamp, which costs
 * more.
 */
#define WANTED (STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_BTIME | STATX_SIZE)

static uint64_t nanoseconds(struct statx_timestamp time)
{
	return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

static void subject_look(int directory, const char *path, int flags, struct subject *out)
{
	struct statx found;

	out->mode = 0;
	if (raw_statx(directory, path, flags | AT_NO_AUTOMOUNT, WANTED, &found))
		return;
	out->identity.device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
	out->identity.inode = found.stx_ino;
	out->identity.birth_ns = found.stx_mask & STATX_BTIME ? nanoseconds(found.stx_btime) : 0;
	out->identity.birth_ns += found.stx_mask & STATX_BTIME && !out->identity.birth_ns;
	out->size = found.stx_size;
	out->links = found.stx_nlink;
	out->mode = found.stx_mode;
}

void subject_at(int directory, const char *path, struct subject *out)
{
	subject_look(directory, path, AT_SYMLINK_NOFOLLOW, out);
}

void subject_followed(int directory, const char *path, struct subject *out)
{
	subject_look(directory, path, 0, out);
}

void subject_of_descriptor(int fd, struct subject *out)
{
	subject_look(fd, "", AT_EMPTY_PATH, out);
}

uint64_t subject_changed(int fd)
{
	struct statx found;

	if (raw_statx(fd, "", AT_EMPTY_PATH, STATX_CTIME, &found))
		return 0;
	return nanoseconds(found.stx_ctime);
}

bool subject_is_old(const struct subject *subject)
{
	return subject->identity.birth_ns && subject->identity.birth_ns < journal.started_ns;
}

bool path_is_symlink(int directory, const char *path)
{
	char byte;

	return raw_readlinkat(directory, path, &byte, 1) >= 0;
}

/* "/proc/self/fd/N" */
static void descriptor_path(int fd, char *to)
{
	char digits[12];
	int count = 0;

	memcpy(to, "/proc/self/fd/", 14);
	to += 14;
	do
		digits[count++] = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	while (count)
		*to++ = digits[--count];
	*to = 0;
}

static uint32_t base_store(const char *path, long length, bool *known)
{
	/* getcwd(2) puts this before the path of a current directory that lies outside of the root directory. */
	static const char outside[] = "(unreachable)/";

	if (length <= 0 ||
	    (*path != '/' && (length < (long)sizeof outside || memcmp(path, outside, sizeof outside - 1)))) {
		*known = false;
		journal_count(COUNTER_DIRECTORY_UNKNOWN, 1);
		return 0;
	}
	return intern_string(path, (size_t)length);
}

/*
 * The path of a descriptor. Reading /proc/self/fd/N costs more than a microsecond, so paths of directories are
 * remembered until any directory is renamed. Paths of other files are not.
 */
static uint32_t base_of_descriptor(int fd, struct scratch *scratch, bool *known)
{
	struct subject subject = {0};
	char name[32];

	subject_of_descriptor(fd, &subject);
	uint64_t words[4] = {subject.identity.device, subject.identity.inode, subject.identity.birth_ns,
			     shared_directory_moves()};
	uint64_t key = hash_words(words, 4, INTERN_DIRECTORY);
	struct interned directory = {0, 0};
	if (S_ISDIR(subject.mode) && subject.identity.birth_ns)
		directory = intern_find(key);
	if (directory.reference)
		return directory.reference;
	descriptor_path(fd, name);
	directory.reference = base_store(scratch->path, raw_readlink(name, scratch->path, sizeof scratch->path), known);
	if (directory.reference && S_ISDIR(subject.mode) && subject.identity.birth_ns)
		intern_add(key, directory);
	return directory.reference;
}

uint32_t path_base(int directory, const char *path, struct scratch *scratch, bool *known)
{
	*known = scratch || *path == '/';
	if (*path == '/' || !scratch)
		return 0;
	if (directory != AT_FDCWD)
		return base_of_descriptor(directory, scratch, known);
	long length = raw_getcwd(scratch->path, sizeof scratch->path) - 1; /* without its NUL */
	return base_store(scratch->path, length, known);
}
