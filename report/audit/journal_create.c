/*
 * journal_create.c - makes, ends and loads journal files. It judges nothing of their content but the header's extent.
 */
#include "audit/journal_create.h"
#include "machine/find_audits.h"
#include "options/options.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
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

/* ---- where it goes ---- */

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

static bool has_magic(int descriptor)
{
	char magic[sizeof JOURNAL_MAGIC - 1];
	return pread(descriptor, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
	       memcmp(magic, JOURNAL_MAGIC, sizeof magic) == 0;
}

bool journal_file_is(const char *path)
{
	struct stat status;
	if (stat(path, &status) || !S_ISREG(status.st_mode))
		return false;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool is = descriptor >= 0 && has_magic(descriptor);
	if (descriptor >= 0)
		close(descriptor);
	return is;
}

/* A journal, or nothing yet, of our own: makes room for another. `old`: what it is called then; NULL: it goes. */
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
	bool ours = fstat(descriptor, &status) == 0 && (!status.st_size || has_magic(descriptor));
	bool used = ours && status.st_size && locate_any(descriptor);
	close(descriptor);
	if (!ours)
		return error("%s is not a pageleak journal; not replaced by one", path);
	if (used) /* what the other audit still starts would write into the new one */
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

/* ---- what the command writes ---- */

/* Bytes that an AUDIT record for the first `argc` arguments takes. */
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

/* The command's chunk: AUDIT, and room for AUDIT_END and some of KILLED. Arguments that do not fit are left out. */
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

/* What RLIMIT_FSIZE leaves of `capacity`, in whole pages: past the limit ftruncate would be a SIGXFSZ. */
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

int journal_file_create(struct arena *arena, const struct journal_wanted *wanted, struct journal_file *out)
{
	*out = (struct journal_file){.descriptor = -1};
	if (wanted->path ? open_kept(arena, wanted, out) : open_temporary(arena, wanted, out))
		return -1;
	if (fill(arena, wanted, out) == 0)
		return 0;
	out->temporary = true;
	journal_file_close(out);
	return -1;
}

/* 0 when the clock was set back meanwhile. */
static uint32_t before_ms(uint64_t now, const struct timespec *then)
{
	uint64_t then_ns = (uint64_t)then->tv_sec * 1000000000u + (uint64_t)then->tv_nsec;
	uint64_t ms = now > then_ns ? (now - then_ns) / 1000000 : 0;
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* A record's bytes first, then `used`, which makes them count. */
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

void journal_file_killed(struct journal_file *file, pid_t pid, int signal)
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

int journal_file_end(struct journal_file *file, int wait_status, const struct timespec *ended)
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

void journal_file_close(struct journal_file *file)
{
	if (file->temporary && file->path)
		unlink(file->path);
	file->temporary = false;
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = -1;
}

/* ---- loading ---- */

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
			return 0; /* it shrank: the rest reads as zero, as if never written */
		start += n;
	}
	return 0;
}

/* Calls `visit` for what is no hole, in order, until it does not give 0; gives what that gave. -1 also when it cannot be told. */
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

/* How much of the file holds anything: up to next_free if it has a header, else as much as a message about it needs. */
static off_t used_size(int descriptor, off_t file_size)
{
	struct journal_header header;
	uint64_t used = JOURNAL_HEADER_SIZE;
	if (pread(descriptor, &header, sizeof(header), 0) == sizeof(header) &&
	    memcmp(header.magic, JOURNAL_MAGIC, sizeof(header.magic)) == 0 && header.next_free > used)
		used = header.next_free;
	return used < (uint64_t)file_size ? (off_t)used : file_size;
}

int journal_file_load_from(int descriptor, const char *name, struct loaded *out)
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
	journal_file_unload(out);
	return -1;
}

bool journal_file_is_trusted(const struct stat *status)
{
	return status->st_uid == 0 || status->st_uid == geteuid();
}

static int check_owner(int descriptor, const char *path)
{
	struct stat status;
	if (fstat(descriptor, &status) || !S_ISREG(status.st_mode) || journal_file_is_trusted(&status))
		return 0;
	return error("%s belongs to another user (uid %u); --force reads it all the same", path,
		     (unsigned)status.st_uid);
}

int journal_file_open(const char *path, bool anybodys)
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

int journal_file_load(const char *path, bool anybodys, struct loaded *out)
{
	int descriptor = journal_file_open(path, anybodys);
	*out = (struct loaded){NULL, 0};
	if (descriptor < 0)
		return -1;
	int result = journal_file_load_from(descriptor, path, out);
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

bool journal_file_same(const char *path, const struct loaded *loaded)
{
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (descriptor < 0)
		return true; /* there is nothing more to be had */
	bool same = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
		    (size_t)used_size(descriptor, status.st_size) == loaded->size &&
		    each_extent(descriptor, (off_t)loaded->size, compare_extent, (void *)loaded->bytes) == 0;
	close(descriptor);
	return same;
}

static unsigned answers_to(struct journal_header *header)
{
	enum { WAIT_MS = 1000, QUIET_MS = 150, STEP_MS = 10 };
	uint32_t before = __atomic_load_n(&header->answered, __ATOMIC_ACQUIRE), seen = before;
	int quiet = 0;
	__atomic_fetch_add(&header->asked, 1, __ATOMIC_ACQ_REL);
	for (int waited = 0; waited < WAIT_MS && (seen == before || quiet < QUIET_MS); waited += STEP_MS) {
		usleep(STEP_MS * 1000);
		uint32_t now = __atomic_load_n(&header->answered, __ATOMIC_ACQUIRE);
		quiet = now == seen ? quiet + STEP_MS : 0;
		seen = now;
	}
	return seen - before;
}

/* The header of a journal that is this user's to write to, mapped; NULL if it is not. */
static struct journal_header *map_header(const char *path)
{
	int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat status;
	if (descriptor < 0)
		return NULL;
	bool usable = !fstat(descriptor, &status) && S_ISREG(status.st_mode) && status.st_size >= JOURNAL_HEADER_SIZE &&
		      (status.st_uid == geteuid() || !geteuid());
	struct journal_header *header =
		usable ? mmap(NULL, JOURNAL_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
		       : MAP_FAILED;
	close(descriptor);
	if (header == MAP_FAILED)
		return NULL;
	if (!memcmp(header->magic, JOURNAL_MAGIC, sizeof header->magic) && header->version == JOURNAL_VERSION)
		return header;
	munmap(header, JOURNAL_HEADER_SIZE);
	return NULL;
}

unsigned journal_file_ask(const char *path)
{
	struct journal_header *header = map_header(path);
	unsigned answers = header ? answers_to(header) : 0;
	if (header)
		munmap(header, JOURNAL_HEADER_SIZE);
	return answers;
}

uint64_t journal_file_snapshot(const char *path)
{
	struct journal_header *header = map_header(path);
	if (!header)
		return 0;
	uint64_t last_ns = __atomic_exchange_n(&header->snapshot_ns, clock_ns(CLOCK_REALTIME), __ATOMIC_RELAXED);
	munmap(header, JOURNAL_HEADER_SIZE);
	return last_ns;
}

void journal_file_unload(struct loaded *loaded)
{
	if (loaded->bytes)
		munmap((void *)loaded->bytes, loaded->size);
	*loaded = (struct loaded){NULL, 0};
}
