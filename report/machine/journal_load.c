/*
 * journal_load.c - loads the used part of a journal file. Must not check more of the content than the header.
 */
#include "machine/journal_load.h"
#include "base/message.h"
#include "format.h"
#include "walk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool journal_load_begins(int descriptor)
{
	char magic[sizeof JOURNAL_MAGIC - 1];
	return pread(descriptor, magic, sizeof magic, 0) == (ssize_t)sizeof magic && walk_has_magic(magic);
}

bool journal_load_is_journal(const char *path)
{
	struct stat status;
	if (stat(path, &status) || !S_ISREG(status.st_mode))
		return false;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool is = descriptor >= 0 && journal_load_begins(descriptor);
	if (descriptor >= 0)
		close(descriptor);
	return is;
}

static int read_extent(void *bytes_of, int descriptor, off_t start, off_t end)
{
	char *bytes = bytes_of;
	while (start < end) {
		ssize_t n = pread(descriptor, bytes + start, (size_t)(end - start), start);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return 0; /* the file shrank: the rest reads as zero, as if never written */
		start += n;
	}
	return 0;
}

/*
 * Calls `visit` for each extent of data, in order, until it returns other than 0, and returns that. Returns -1 when the
 * file cannot be read.
 */
static int each_extent(int descriptor, off_t size, int (*visit)(void *context, int descriptor, off_t start, off_t end),
		       void *context)
{
	off_t at = 0;
	while (at < size) {
		off_t data = lseek(descriptor, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return 0;
		if (data < 0)
			return visit(context, descriptor, at, size);
		off_t hole = lseek(descriptor, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		int result = data < hole ? visit(context, descriptor, data, hole) : 0;
		if (result)
			return result;
		at = hole;
	}
	return 0;
}

/* Size of the used part: up to next_free if there is a header, otherwise enough for a message about it. */
static off_t used_size(int descriptor, off_t file_size)
{
	struct journal_header header;
	uint64_t used = JOURNAL_HEADER_SIZE;
	if (pread(descriptor, &header, sizeof(header), 0) == sizeof(header) && walk_has_magic(&header) &&
	    header.next_free > used)
		used = header.next_free;
	return used < (uint64_t)file_size ? (off_t)used : file_size;
}

int journal_load_from(int descriptor, const char *name, struct loaded *out)
{
	struct stat status;
	*out = (struct loaded){NULL, 0};
	if (fstat(descriptor, &status) != 0)
		return error("%s: %s", name, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return error("%s is a directory, not a journal; name a file that 'pageleak record' or --journal made",
			     name);
	if (!S_ISREG(status.st_mode))
		return error("%s is not a regular file, so no journal", name);
	if (status.st_size == 0)
		return error("%s is empty: at offset 0 a journal's header is missing", name);
	off_t size = used_size(descriptor, status.st_size);
	char *bytes =
		mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return error("%s: no memory for its %lld bytes", name, (long long)size);
	out->bytes = bytes;
	out->size = (size_t)size;
	if (each_extent(descriptor, size, read_extent, bytes) == 0)
		return 0;
	error("cannot read %s: %s", name, strerror(errno));
	journal_load_free(out);
	return -1;
}

bool journal_load_is_trusted(const struct stat *status)
{
	return status->st_uid == 0 || status->st_uid == geteuid();
}

static int check_owner(int descriptor, const char *path)
{
	struct stat status;
	if (fstat(descriptor, &status) || !S_ISREG(status.st_mode) || journal_load_is_trusted(&status))
		return 0;
	return error("%s belongs to another user (uid %u); --force reads it all the same", path,
		     (unsigned)status.st_uid);
}

int journal_load_open(const char *path, bool anybodys)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (descriptor < 0)
		return error("%s: %s%s", path, strerror(errno),
			     errno == ENOENT ? "; 'pageleak record COMMAND' makes a journal" : "");
	if (anybodys || !check_owner(descriptor, path))
		return descriptor;
	close(descriptor);
	return -1;
}

int journal_load(const char *path, bool anybodys, struct loaded *out)
{
	int descriptor = journal_load_open(path, anybodys);
	*out = (struct loaded){NULL, 0};
	if (descriptor < 0)
		return -1;
	int result = journal_load_from(descriptor, path, out);
	close(descriptor);
	return result;
}

static int compare_extent(void *bytes_of, int descriptor, off_t start, off_t end)
{
	enum { BLOCK = 1 << 16 };
	char block[BLOCK];
	const char *bytes = bytes_of;
	for (; start < end; start += BLOCK) {
		size_t size = end - start < BLOCK ? (size_t)(end - start) : BLOCK;
		if (pread(descriptor, block, size, start) != (ssize_t)size || memcmp(block, bytes + start, size) != 0)
			return 1;
	}
	return 0;
}

bool journal_load_same(const char *path, const struct loaded *loaded)
{
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (descriptor < 0)
		return true; /* it cannot be read again */
	bool same = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
		    (size_t)used_size(descriptor, status.st_size) == loaded->size &&
		    each_extent(descriptor, (off_t)loaded->size, compare_extent, (void *)loaded->bytes) == 0;
	close(descriptor);
	return same;
}

void journal_load_free(struct loaded *loaded)
{
	if (loaded->bytes)
		munmap((void *)loaded->bytes, loaded->size);
	*loaded = (struct loaded){NULL, 0};
}
