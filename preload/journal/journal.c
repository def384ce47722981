/*
 * journal.c - maps the journal and appends to it.
 *
 * Must not: lock, allocate, call what a program may replace, keep a descriptor, or write where memory was not populated.
 */
#include "journal/journal.h"
#include "system/clock.h"
#include "journal/note.h"
#include "process/process_records.h"
#include "system/raw.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define SLOTS 8                       /* chunks that the threads of a process append to at one time */
#define MAP_LEAST ((uint64_t)1 << 20) /* less would be full at once */
#define KEEP_LEAST ((uint64_t)2 << 20)
#define KEEP_MOST ((uint64_t)32 << 20)
#define MAP_SIMULATED ((uint64_t)128 << 20) /* valgrind warns of ranges of 256 MiB, and takes seconds for some */

struct journal_map journal;

/* On a page that fork wipes and vfork does not: that is how a forked child is told. */
struct fork_page {
	uint32_t number;
	pid_t pid;
	uint32_t image; /* another in each copy made by fork */
};

static struct fork_page *fork_page;
/* What a forked child inherits: it appends to its parent's chunks until it has a process number of its own. */
static uint32_t nearest;
static uint32_t slots_of;
static struct journal_chunk *slots[SLOTS];
static struct journal_chunk *latest;
static uint32_t images; /* taken by this process and those that it was forked from */
static bool full;

static __thread uint32_t thread_tid;
static __thread uint32_t thread_of; /* process number that thread_tid was taken in */

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

static struct journal_header *header(void)
{
	return (struct journal_header *)journal.base;
}

void journal_count(enum journal_counter counter, uint64_t by)
{
	if (journal_is_open())
		__atomic_fetch_add(&header()->counters[counter], by, __ATOMIC_RELAXED);
}

pid_t journal_creator(void)
{
	return journal_is_open() ? (pid_t)header()->creator_pid : 0;
}

/* Each pid has its place, so that two that send at a time do not hide one another, mostly. */
static uint64_t *sender_slot(pid_t pid)
{
	return &header()->senders[(unsigned)pid % (sizeof header()->senders / sizeof *header()->senders)];
}

static uint32_t second_now(void)
{
	return (uint32_t)(journal_now_coarse() / 1000000000u);
}

void journal_sends(void)
{
	pid_t pid = journal_is_open() ? raw_getpid() : 0;

	if (pid)
		__atomic_store_n(sender_slot(pid), (uint64_t)second_now() << 32 | (uint32_t)pid, __ATOMIC_RELEASE);
}

bool journal_sent(pid_t pid)
{
	enum {
		LATELY = 60,
		SET_BACK = 5
	}; /* seconds. Numbers are given again: who has this one later may be anybody */
	uint64_t slot = pid > 0 && journal_is_open() ? __atomic_load_n(sender_slot(pid), __ATOMIC_ACQUIRE) : 0;

	return slot && (uint32_t)slot == (uint32_t)pid &&
	       second_now() + SET_BACK - (uint32_t)(slot >> 32) < LATELY + SET_BACK;
}

uint32_t journal_asked(void)
{
	return journal_is_open() ? __atomic_load_n(&header()->asked, __ATOMIC_ACQUIRE) : 0;
}

void journal_answered(void)
{
	if (journal_is_open())
		__atomic_fetch_add(&header()->answered, 1, __ATOMIC_RELEASE);
}

void journal_directory_moved(void)
{
	if (journal_is_open())
		__atomic_fetch_add(&header()->directory_moves, 1, __ATOMIC_RELEASE);
}

uint64_t journal_directory_moves(void)
{
	return journal_is_open() ? __atomic_load_n(&header()->directory_moves, __ATOMIC_ACQUIRE) : 0;
}

static bool header_fits(const struct journal_header *it, uint64_t size)
{
	return memcmp(it->magic, JOURNAL_MAGIC, 8) == 0 && it->version == JOURNAL_VERSION &&
	       it->header_size == JOURNAL_HEADER_SIZE && (it->incompatible & ~(uint64_t)INCOMPATIBLE_KNOWN) == 0 &&
	       it->capacity <= size;
}

/* Where the address space is limited the program needs it more: a sixteenth of it is ours. */
static uint64_t share_of(uint64_t limit, uint64_t least, uint64_t most)
{
	uint64_t share = limit / 16 & ~(uint64_t)(CHUNK_MAX - 1);

	return share < least ? least : share > most ? most : share;
}

/* There is no room for it: its header, for as long as it takes to say so. */
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

/* Where not even its share can be had, a part is better than nothing. */
static int map_file(int fd, uint64_t file_size)
{
	uint64_t size = file_size;
	struct rlimit limit;

	if (simulated() && size > MAP_SIMULATED)
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
	fork_page = (struct fork_page *)page;
	status = raw_madvise(fork_page, 4096, MADV_WIPEONFORK);
	if (!status)
		status = map_file(fd, file.stx_size);
	if (status)
		return status;
	journal_count(COUNTER_JOURNAL_FULL,
		      0); /* a page first written to is mapped alone, one first read with its neighbours */
	if (!header_fits(header(), file.stx_size)) {
		raw_munmap(journal.base, journal.size);
		journal.base = NULL;
		return -EINVAL;
	}
	journal.small = journal.size < header()->capacity;
	journal.owner = file.stx_uid;
	journal.started_ns = header()->started_ns;
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

void journal_shrink(uint64_t limit_bytes)
{
	uint64_t keep, size = journal.size;

	if (!journal_is_open())
		return;
	/* Other threads may be about to use what was handed out a moment ago: KEEP_LEAST is far more than that. */
	keep = __atomic_load_n(&header()->next_free, __ATOMIC_RELAXED) + share_of(limit_bytes, KEEP_LEAST, KEEP_MOST);
	keep = (keep + CHUNK_ALIGN - 1) & ~(uint64_t)(CHUNK_ALIGN - 1);
	if (keep >= size)
		return;
	note_write(NOTE_JOURNAL_SMALL, NULL);
	__atomic_store_n(&journal.size, keep, __ATOMIC_SEQ_CST);
	raw_munmap(journal.base + keep, size - keep);
}

void journal_seal(bool on)
{
	journal.sealed = on; /* the mapping stays: another thread may be writing */
}

/* ---- which process, which thread ---- */

uint32_t journal_process_take(pid_t pid)
{
	uint32_t number = __atomic_fetch_add(&header()->next_process, 1, __ATOMIC_RELAXED);
	uint32_t none = 0;

	fork_page->pid = pid;
	if (!__atomic_compare_exchange_n(&fork_page->number, &none, number, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return 0; /* a signal handler was quicker */
	nearest = number;
	return number;
}

uint32_t journal_process_known(void)
{
	return journal_is_open() ? __atomic_load_n(&fork_page->number, __ATOMIC_ACQUIRE) : 0;
}

uint32_t journal_process_nearest(void)
{
	return nearest;
}

uint32_t journal_process(void)
{
	uint32_t number = journal_process_known();

	if (__builtin_expect(number == 0, 0) && journal_is_open()) {
		process_begin_forked(nearest);
		number = journal_process_known();
	}
	return number;
}

pid_t journal_pid(void)
{
	return fork_page ? fork_page->pid : 0;
}

uint32_t journal_tid(void)
{
	uint32_t process = journal_process_known();

	if (__builtin_expect(thread_of != process || !process, 0)) {
		thread_tid = (uint32_t)raw_gettid();
		thread_of = process;
	}
	return thread_tid;
}

/* ---- chunks ---- */

/* Makes sure that the pages exist, so that a full disk is an error here and never a SIGBUS later. */
static int populate(uint64_t offset, uint64_t size)
{
	int status = raw_madvise(journal.base + offset, size, MADV_POPULATE_WRITE);

	if (status != -EINVAL)
		return status;
	int fd = raw_open(journal.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW); /* before Linux 5.14 */
	if (fd < 0)
		return fd;
	status = raw_fallocate(fd, offset, size);
	raw_close(fd);
	return status;
}

static struct journal_chunk *chunk_new(uint32_t size)
{
	if (__atomic_load_n(&full, __ATOMIC_RELAXED)) {
		journal_count(COUNTER_JOURNAL_FULL, 1);
		return NULL;
	}
	uint64_t offset = __atomic_fetch_add(&header()->next_free, size, __ATOMIC_RELAXED);
	uint64_t end = __atomic_load_n(&journal.size, __ATOMIC_RELAXED);
	if (offset > end || size > end - offset) {
		__atomic_store_n(&full, true, __ATOMIC_RELAXED);
		journal_count(COUNTER_JOURNAL_FULL, 1);
		return NULL;
	}
	if (populate(offset, size)) {
		journal_count(COUNTER_DISK_FULL, 1);
		return NULL;
	}
	struct journal_chunk *chunk = (struct journal_chunk *)(journal.base + offset);
	chunk->size = size;
	chunk->process = nearest;
	chunk->tid = thread_tid;
	chunk->used = sizeof *chunk;
	__atomic_store_n(&chunk->magic, CHUNK_MAGIC, __ATOMIC_RELEASE);
	__atomic_store_n(&latest, chunk, __ATOMIC_RELEASE);
	return chunk;
}

static void *chunk_take(struct journal_chunk *chunk, uint32_t size)
{
	uint64_t at = __atomic_fetch_add(&chunk->used, size, __ATOMIC_RELAXED);

	return at <= chunk->size && size <= chunk->size - at ? (unsigned char *)chunk + at : NULL;
}

/* The first chunk of a process is small: most processes of a build write a handful of records. */
static uint32_t chunk_size_for(const struct journal_chunk *before, uint32_t record)
{
	uint32_t size = before ? 1u << 16 : 1u << 12;
	uint32_t need = (record + (uint32_t)sizeof(struct journal_chunk) + CHUNK_ALIGN - 1) & ~(CHUNK_ALIGN - 1);

	return need > size ? need : size;
}

static void *space_take(uint32_t size)
{
	struct journal_chunk **slot = &slots[thread_tid % SLOTS];

	for (int tries = 0; tries < 4; tries++) {
		struct journal_chunk *chunk = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		void *space = chunk ? chunk_take(chunk, size) : NULL;

		if (space)
			return space;
		struct journal_chunk *next = chunk_new(chunk_size_for(chunk, size));
		if (!next)
			return NULL;
		space = chunk_take(next, size);
		/* Whoever was quicker keeps the slot; the space is ours all the same. */
		__atomic_compare_exchange_n(slot, &chunk, next, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
		if (space)
			return space;
	}
	return NULL;
}

/* A forked child leaves its parent's chunks when it has a number: they are being written by two processes then. */
static void slots_check(uint32_t process)
{
	if (__builtin_expect(slots_of != process, 0)) {
		slots_of = process;
		for (int i = 0; i < SLOTS; i++)
			slots[i] = NULL;
	}
}

void *journal_begin(enum journal_record_type type, size_t size, uint32_t process)
{
	if (!journal_is_open())
		return NULL;
	size = (size + 7) & ~(size_t)7;
	if (size > CHUNK_MAX - sizeof(struct journal_chunk)) {
		journal_count(COUNTER_RECORD_CUT, 1);
		return NULL;
	}
	uint32_t known = journal_process_known();
	if (known)
		slots_check(known);
	uint32_t tid = journal_tid();
	struct journal_record *record = space_take((uint32_t)size);
	if (!record)
		return NULL;
	__atomic_store_n((uint64_t *)record, (uint64_t)size | (uint64_t)type << 48, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* the size is in memory before anything else of the record */
	record->process = process ? process : known;
	record->tid = tid;
	return record;
}

void journal_commit(void *at, enum journal_record_type type, uint16_t flags)
{
	struct journal_record *record = at;
	uint64_t word = record->size | (uint64_t)type << 32 | (uint64_t)flags << 48;

	__atomic_store_n((uint64_t *)record, word, __ATOMIC_RELEASE);
}

/* ---- calls under way ---- */

static uint32_t image_now(void)
{
	uint32_t now = __atomic_load_n(&fork_page->image, __ATOMIC_RELAXED), next;

	if (__builtin_expect(now != 0, 1))
		return now;
	next = __atomic_add_fetch(&images, 1, __ATOMIC_RELAXED); /* first, so that a fork from here on takes another */
	return __atomic_compare_exchange_n(&fork_page->image, &now, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
		       ? next
		       : now;
}

void journal_underway(struct journal_underway *it, bool removes)
{
	if (!journal_is_open())
		return;
	/* A thread that has no chunk yet counts in another's, a forked child in its parent's: what matters is the sum. */
	struct journal_chunk *chunk = __atomic_load_n(&slots[thread_tid % SLOTS], __ATOMIC_ACQUIRE);
	if (!chunk && !(chunk = __atomic_load_n(&latest, __ATOMIC_ACQUIRE)))
		return;
	it->image = image_now();
	it->count = removes ? &chunk->removing : &chunk->making;
	__atomic_fetch_add(it->count, 1, __ATOMIC_RELAXED);
}

void journal_underway_end(const struct journal_underway *it)
{
	if (it->count && it->image == __atomic_load_n(&fork_page->image, __ATOMIC_RELAXED))
		__atomic_fetch_sub(it->count, 1, __ATOMIC_RELAXED);
}

uint32_t journal_reference(const void *record)
{
	return record ? (uint32_t)(((const unsigned char *)record - journal.base) / 8) : 0;
}
