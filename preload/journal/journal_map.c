/*
 * journal_map.c - maps the journal, and gives mapped memory back where the program has little.
 *
 * Must not: keep a descriptor.
 */
#include "journal/journal_map.h"
#include "system/clock.h"
#include "system/raw.h"
#include "walk.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define MAP_LEAST ((uint64_t)1 << 20) /* a smaller part would be full at once */
#define KEEP_LEAST ((uint64_t)2 << 20)
#define KEEP_MOST ((uint64_t)32 << 20)
#define MAP_SIMULATED ((uint64_t)128 << 20) /* valgrind warns of ranges of 256 MiB, and takes seconds for some */

struct journal_map journal;

uint64_t journal_now(void)
{
	struct timespec now = {0, 0};

	clock_read(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t journal_now_coarse(void)
{
	struct timespec now = {0, 0};

	clock_read(CLOCK_REALTIME_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void journal_count(enum journal_counter counter, uint64_t by)
{
	if (journal_is_open())
		__atomic_fetch_add(&journal_header()->counters[counter], by, __ATOMIC_RELAXED);
}

static bool header_fits(const struct journal_header *it, uint64_t size)
{
	return walk_header(it) == WALK_HEADER_FITS && it->capacity <= size;
}

/* The bytes that the library takes of a limited address space: a sixteenth, between `least` and `most`. */
static uint64_t share_of(uint64_t limit, uint64_t least, uint64_t most)
{
	uint64_t share = limit / 16 & ~(uint64_t)(CHUNK_MAX - 1);

	return share < least ? least : share > most ? most : share;
}

/* Counts in the journal's header that this process could not map the journal: maps the header alone, for a moment. */
static void map_failed(int fd)
{
	long address = raw_mmap(JOURNAL_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);

	if (raw_failed(address))
		return;
	struct journal_header *it = (struct journal_header *)address;
	if (header_fits(it, UINT64_MAX))
		__atomic_fetch_add(&it->counters[COUNTER_UNMAPPED], 1, __ATOMIC_RELAXED);
	raw_munmap(it, JOURNAL_HEADER_SIZE);
}

/* Maps the file or as much of it as there is room for: halves the size until that works. */
static int map_file(int fd, uint64_t file_size)
{
	uint64_t size = file_size;
	struct rlimit limit;

	if (valgrind_runs_this() && size > MAP_SIMULATED)
		size = MAP_SIMULATED;
	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		size = share_of(limit.rlim_cur, 0, size);
	for (uint64_t part = size; part >= MAP_LEAST || (part && part == file_size); part /= 2) {
		long address = raw_mmap((size_t)part, PROT_READ | PROT_WRITE, MAP_SHARED, fd);

		if (!raw_failed(address)) {
			journal.size = part;
			journal.base = (unsigned char *)address;
			return 0;
		}
	}
	map_failed(fd);
	return -ENOMEM;
}

static int open_file(int fd)
{
	struct statx file;
	int status = raw_statx(fd, "", AT_EMPTY_PATH, STATX_SIZE | STATX_TYPE | STATX_UID, &file);

	if (status)
		return status;
	if (!S_ISREG(file.stx_mode) || file.stx_size < JOURNAL_HEADER_SIZE)
		return -EINVAL;
	long page = raw_mmap(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (raw_failed(page))
		return (int)page;
	journal.fork_page = (struct journal_fork_page *)page;
	status = raw_madvise(journal.fork_page, 4096, MADV_WIPEONFORK);
	if (!status)
		status = map_file(fd, file.stx_size);
	if (status)
		return status;
	/* Writes to the header before it is read: a page that is first read is mapped together with its neighbours. */
	journal_count(COUNTER_JOURNAL_FULL, 0);
	if (!header_fits(journal_header(), file.stx_size)) {
		raw_munmap(journal.base, journal.size);
		journal.base = NULL;
		return -EINVAL;
	}
	journal.small = journal.size < journal_header()->capacity;
	journal.owner = file.stx_uid;
	journal.started_ns = journal_header()->started_ns;
	return 0;
}

int journal_open(const char *path)
{
	int fd = raw_open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fd;
	int status = open_file(fd);
	raw_close(fd);
	if (status)
		return status;
	journal.path = path;
	clock_open();
	return 0;
}

bool journal_shrink(uint64_t limit_bytes)
{
	uint64_t keep, size = journal.size;

	if (!journal_is_open())
		return false;
	/*
	 * Other threads may be about to use chunks beyond next_free that they have just been given: KEEP_LEAST leaves
	 * room for them.
	 */
	keep = __atomic_load_n(&journal_header()->next_free, __ATOMIC_RELAXED) +
	       share_of(limit_bytes, KEEP_LEAST, KEEP_MOST);
	keep = (keep + CHUNK_ALIGN - 1) & ~(uint64_t)(CHUNK_ALIGN - 1);
	if (keep >= size)
		return false;
	__atomic_store_n(&journal.size, keep, __ATOMIC_SEQ_CST);
	raw_munmap(journal.base + keep, size - keep);
	return true;
}

void journal_seal(bool on)
{
	journal.sealed = on; /* the mapping stays: another thread may be writing */
}
