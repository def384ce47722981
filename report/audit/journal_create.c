/*
 * journal_create.c - creates journal files and adds the records of the command. Reads no more of them than whether they
 * are journals.
 */
#include "audit/journal_create.h"
#include "base/clock_ns.h"
#include "base/message.h"
#include "base/version.h"
#include "machine/find_audits.h"
#include "machine/journal_load.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { CAPACITY_LEAST = 1 << 20, END_SIZE = sizeof(struct journal_audit_end) };

static int write_at(int descriptor, const void *bytes, size_t size, uint64_t offset)
{
	const char *at = bytes;
	while (size > 0) {
		ssize_t n = pwrite(descriptor, at, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* ---- the path ---- */

static bool directory_usable(const char *path)
{
	struct stat status;
	return path && path[0] == '/' && stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
	       access(path, W_OK | X_OK) == 0;
}

static const char *temporary_directory(uint64_t capacity)
{
	struct statfs shm;
	if (directory_usable("/dev/shm") && statfs("/dev/shm", &shm) == 0 && shm.f_type == TMPFS_MAGIC &&
	    (uint64_t)shm.f_bavail * (uint64_t)shm.f_bsize >= capacity / 4)
		return "/dev/shm";
	const char *tmpdir = getenv("TMPDIR");
	return directory_usable(tmpdir) ? tmpdir : "/tmp";
}

static int open_temporary(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out)
{
	char *path = arena_format(arena, "%s/pageleak-XXXXXX",
				  temporary_directory(wanted->outlives ? UINT64_MAX : wanted->capacity));
	out->descriptor = mkostemp(path, O_CLOEXEC);
	if (out->descriptor < 0)
		return error("cannot make a temporary journal %s: %s; --journal=FILE puts it elsewhere", path,
			     strerror(errno));
	out->path = path;
	out->temporary = true;
	return 0;
}

/* Removes the journal, or empty file, of this user at `path`, or renames it to `old` (NULL: removes it). */
static int make_room(const char *path, const char *old)
{
	struct stat status;
	if (lstat(path, &status) != 0)
		return errno == ENOENT ? 0 : error("%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error("%s is not a regular file; not replaced by a journal", path);
	if (status.st_uid != geteuid())
		return error("%s belongs to another user; not replaced by a journal", path);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (descriptor < 0)
		return error("%s: %s; not replaced by a journal", path, strerror(errno));
	bool ours = fstat(descriptor, &status) == 0 && (!status.st_size || journal_load_begins(descriptor));
	bool used = ours && status.st_size && find_audits_any_maps(descriptor);
	close(descriptor);
	if (!ours)
		return error("%s is not a pageleak journal; not replaced by one", path);
	if (used) /* programs that the other audit has yet to start would write to the new journal */
		return error("%s is the journal of an audit that still runs; name another with --journal=FILE", path);
	if (old ? rename(path, old) : unlink(path))
		return error("cannot replace %s: %s", path, strerror(errno));
	return 0;
}

static const char *absolute(struct arena *arena, const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *parent = !slash ? "." : slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
	if (!realpath(parent, directory))
		return NULL;
	return arena_format(arena, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, slash ? slash + 1 : path);
}

static int open_kept(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out)
{
	out->path = absolute(arena, wanted->path);
	if (!out->path)
		return error("cannot make the journal %s: %s", wanted->path, strerror(errno));
	if (make_room(out->path, wanted->outlives ? arena_format(arena, "%s.old", out->path) : NULL))
		return -1;
	out->descriptor = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out->descriptor < 0)
		return error("cannot make the journal %s: %s", wanted->path, strerror(errno));
	return 0;
}

/* ---- records of the command ---- */

/* Size of an AUDIT record with the first `argc` arguments. */
static size_t audit_size(const char *cwd, const char *host, char *const *argv, size_t argc,
			 const char *const variables[2])
{
	size_t size = sizeof(struct journal_audit) + strlen(cwd) + strlen(host) + strlen(PAGELEAK_VERSION) +
		      strlen(variables[0]) + 1 + strlen(variables[1]) + 1;
	for (size_t i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	return (size + 7) & ~(size_t)7;
}

static char *put(char *at, const char *string, size_t size)
{
	memcpy(at, string, size);
	return at + size;
}

/* Writes the command's chunk: AUDIT, and room for AUDIT_END and some KILLED. Leaves out arguments that do not fit. */
static int write_first_chunk(struct arena *arena, struct journal_file *file, const struct journal_wanted *wanted,
			     uint64_t *size)
{
	enum { KILLED_ROOM = 1 << 16 };
	char cwd[PATH_MAX] = "", host[256] = "";
	const char *value = getenv("TMPDIR"), *variables[2] = {"", ""};
	char *const *argv = wanted->argv;
	size_t argc = 0, record_size;
	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = 0;
	gethostname(host, sizeof(host) - 1);
	if (value && *value && strlen(value) < PATH_MAX)
		variables[0] = arena_format(arena, "TMPDIR=%s", value);
	if (wanted->settings)
		variables[1] = arena_format(arena, "PAGELEAK=%s", wanted->settings);
	while (argv[argc])
		argc++;
	while ((record_size = audit_size(cwd, host, argv, argc, variables)) > CHUNK_MAX - CHUNK_ALIGN)
		argc--;
	size_t used = sizeof(struct journal_chunk) + record_size;
	size_t written = (used + END_SIZE + CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;
	*size = written + KILLED_ROOM < CHUNK_MAX ? written + KILLED_ROOM : CHUNK_MAX;
	char *bytes = arena_take(arena, written);
	struct journal_chunk chunk = {
		.magic = CHUNK_MAGIC, .size = (uint32_t)*size, .tid = (uint32_t)getpid(), .used = used};
	struct journal_audit audit = {
		.head = {.size = (uint32_t)record_size, .type = RECORD_AUDIT, .tid = (uint32_t)getpid()},
		.time_ns = clock_ns(CLOCK_REALTIME),
		.cwd_size = (uint32_t)strlen(cwd),
		.host_size = (uint32_t)strlen(host),
		.version_size = (uint32_t)strlen(PAGELEAK_VERSION),
		.argc = (uint32_t)argc,
	};
	memcpy(bytes, &chunk, sizeof(chunk));
	memcpy(bytes + sizeof(chunk), &audit, sizeof(audit));
	char *at = put(bytes + sizeof(chunk) + sizeof(audit), cwd, audit.cwd_size);
	at = put(at, host, audit.host_size);
	at = put(at, PAGELEAK_VERSION, audit.version_size);
	for (size_t i = 0; i < argc; i++)
		at = put(at, argv[i], strlen(argv[i]) + 1);
	at = put(at, variables[0], strlen(variables[0]) + 1);
	put(at, variables[1], strlen(variables[1]) + 1);
	file->chunk_used = used;
	file->chunk_size = *size;
	return write_at(file->descriptor, bytes, written, JOURNAL_HEADER_SIZE);
}

/* Limits `capacity` to RLIMIT_FSIZE, in whole pages: ftruncate beyond that limit raises SIGXFSZ. */
static uint64_t within_limit(uint64_t capacity)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < capacity)
		capacity = limit.rlim_cur;
	return capacity / CHUNK_ALIGN * CHUNK_ALIGN;
}

static int fill(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *file)
{
	uint64_t first_size;
	struct journal_header header = {
		.magic = {'P', 'A', 'G', 'E', 'L', 'E', 'A', 'K'},
		.version = JOURNAL_VERSION,
		.header_size = JOURNAL_HEADER_SIZE,
		.capacity = within_limit(wanted->capacity),
		.started_ns = clock_ns(CLOCK_REALTIME_COARSE),
		.next_process = 1,
		.creator_pid = (uint32_t)wanted->creator,
	};
	if (header.capacity < CAPACITY_LEAST)
		return error("the file size limit (ulimit -f) leaves no room for a journal; %d bytes are the least",
			     CAPACITY_LEAST);
	if (ftruncate(file->descriptor, (off_t)header.capacity) != 0 ||
	    write_first_chunk(arena, file, wanted, &first_size) != 0)
		return error("cannot write the journal %s: %s", file->path, strerror(errno));
	header.next_free = JOURNAL_HEADER_SIZE + first_size;
	if (write_at(file->descriptor, &header, sizeof(header), 0) != 0)
		return error("cannot write the journal %s: %s", file->path, strerror(errno));
	return 0;
}

int journal_create(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out)
{
	*out = (struct journal_file){.descriptor = -1};
	if (wanted->path ? open_kept(arena, wanted, out) : open_temporary(arena, wanted, out))
		return -1;
	if (fill(arena, wanted, out) == 0)
		return 0;
	out->temporary = true;
	journal_create_close(out);
	return -1;
}

/* Milliseconds from `then` to `now`; 0 when the clock was set back in between. */
static uint32_t before_ms(uint64_t now, const struct timespec *then)
{
	uint64_t then_ns = (uint64_t)then->tv_sec * 1000000000u + (uint64_t)then->tv_nsec;
	uint64_t ms = now > then_ns ? (now - then_ns) / 1000000 : 0;
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* Writes the bytes of a record first, then the chunk's `used`, which makes it valid. */
static int append(struct journal_file *file, const void *record, size_t size)
{
	uint64_t used = file->chunk_used + size;
	if (write_at(file->descriptor, record, size, (off_t)(JOURNAL_HEADER_SIZE + file->chunk_used)) != 0 ||
	    write_at(file->descriptor, &used, sizeof(used),
		     JOURNAL_HEADER_SIZE + offsetof(struct journal_chunk, used)) != 0)
		return -1;
	file->chunk_used = used;
	return 0;
}

void journal_create_add_killed(struct journal_file *file, pid_t pid, int signal)
{
	struct journal_killed killed = {
		.head = {.size = sizeof(killed), .type = RECORD_KILLED, .tid = (uint32_t)getpid()},
		.time_ns = clock_ns(CLOCK_REALTIME),
		.pid = (uint32_t)pid,
		.signal = (uint32_t)signal,
	};
	if (file->chunk_used + sizeof(killed) + END_SIZE <= file->chunk_size)
		append(file, &killed, sizeof(killed));
}

int journal_create_add_end(struct journal_file *file, int wait_status, const struct timespec *ended)
{
	uint64_t now = clock_ns(CLOCK_REALTIME);
	struct journal_audit_end end = {
		.head = {.size = END_SIZE, .type = RECORD_AUDIT_END, .tid = (uint32_t)getpid()},
		.time_ns = now,
		.wait_status = wait_status,
		.before_ms = before_ms(now, ended),
	};
	if (append(file, &end, sizeof(end)))
		return error("cannot write the journal %s: %s", file->path, strerror(errno));
	return 0;
}

void journal_create_close(struct journal_file *file)
{
	if (file->temporary && file->path)
		unlink(file->path);
	file->temporary = false;
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = -1;
}
