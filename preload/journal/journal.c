/*
 * journal.c - hands out chunks of the journal, and space in them for records.
 *
 * Must not: lock, allocate, call a function that a program may replace, keep a descriptor, or write to memory that is
 * not populated.
 */
#include "journal/journal.h"
#include "system/raw.h"
#include <errno.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define SLOTS 8 /* chunks that the threads of a process append to at one time */

/* A forked child inherits these, and appends to its parent's chunks until it has a process number. */
static uint32_t slots_of; /* process number that `slots` are of */
static struct journal_chunk *slots[SLOTS];
static struct journal_chunk *latest; /* the chunk that was begun last */
static bool full;

/* ---- chunks ---- */

/* Allocates the pages of a new chunk: so a full disk is an error here, and not a SIGBUS at a write. */
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
	uint64_t offset = __atomic_fetch_add(&journal_header()->next_free, size, __ATOMIC_RELAXED);
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
	chunk->process = journal_process_nearest();
	chunk->tid = journal_tid_known();
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
	struct journal_chunk **slot = &slots[journal_tid_known() % SLOTS];

	for (int tries = 0; tries < 4; tries++) {
		struct journal_chunk *chunk = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		void *space = chunk ? chunk_take(chunk, size) : NULL;

		if (space)
			return space;
		struct journal_chunk *next = chunk_new(chunk_size_for(chunk, size));
		if (!next)
			return NULL;
		space = chunk_take(next, size);
		/*
		 * Another thread may have put a chunk of its own into the slot: it stays there, and this one is used
		 * for once.
		 */
		__atomic_compare_exchange_n(slot, &chunk, next, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
		if (space)
			return space;
	}
	return NULL;
}

/* Makes a forked child that has got a number leave the chunks of its parent, which goes on writing to them. */
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
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* nothing of the record is written before its size (R4) */
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

void journal_underway(struct journal_underway *it, bool removes)
{
	if (!journal_is_open())
		return;
	/*
	 * A thread without a chunk counts in that of another one, a forked child in its parent's: only the sum matters.
	 */
	struct journal_chunk *chunk = __atomic_load_n(&slots[journal_tid_known() % SLOTS], __ATOMIC_ACQUIRE);
	if (!chunk && !(chunk = __atomic_load_n(&latest, __ATOMIC_ACQUIRE)))
		return;
	it->image = journal_image();
	it->count = removes ? &chunk->removing : &chunk->making;
	__atomic_fetch_add(it->count, 1, __ATOMIC_RELAXED);
}

void journal_underway_end(const struct journal_underway *it)
{
	if (it->count && it->image == journal_image_known())
		__atomic_fetch_sub(it->count, 1, __ATOMIC_RELAXED);
}

uint32_t journal_reference(const void *record)
{
	return record ? (uint32_t)(((const unsigned char *)record - journal.base) / 8) : 0;
}
