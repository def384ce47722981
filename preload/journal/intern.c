/*
 * intern.c - a hash table with open addressing; a slot is claimed by one compare-and-swap.
 *
 * Must not: lock, grow, or compare contents: two things with the same 64-bit hash are taken for one.
 */
#include "journal/intern.h"
#include "journal/journal.h"
#include "system/raw.h"
#include <string.h>
#include <sys/mman.h>

#define TABLE_BITS 18
#define PROBES 64
#define STRING_MAX 60000
#define TABLE_BYTES (sizeof(struct slot) << TABLE_BITS)

struct slot {
	uint64_t key; /* 0: free */
	uint64_t value;
};

static struct slot *table;

/* Maps the table. NULL when there is no memory. */
static struct slot *table_made(void)
{
	struct slot *made = NULL, *before = NULL;
	long at = raw_mmap(TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	if (raw_failed(at))
		return NULL;
	made = (struct slot *)at;
	if (__atomic_compare_exchange_n(&table, &before, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	raw_munmap(made, TABLE_BYTES); /* a thread or a signal handler was quicker */
	return before;
}

static struct slot *slot_at(struct slot *slots, uint64_t key, unsigned probe)
{
	return &slots[(key + probe) & ((1u << TABLE_BITS) - 1)];
}

struct interned intern_find(uint64_t key)
{
	struct slot *slots = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
	struct interned none = {0, 0};

	for (unsigned i = 0; slots && i < PROBES; i++) {
		struct slot *slot = slot_at(slots, key, i);
		uint64_t found = __atomic_load_n(&slot->key, __ATOMIC_ACQUIRE);

		if (!found)
			return none;
		if (found == key) {
			uint64_t value = __atomic_load_n(&slot->value, __ATOMIC_ACQUIRE);
			return (struct interned){(uint32_t)value, (uint32_t)(value >> 32)};
		}
	}
	return none;
}

void intern_add(uint64_t key, struct interned value)
{
	struct slot *slots = __atomic_load_n(&table, __ATOMIC_ACQUIRE);

	if (!slots)
		slots = table_made();
	for (unsigned i = 0; slots && i < PROBES; i++) {
		struct slot *slot = slot_at(slots, key, i);
		uint64_t found = 0;

		if (__atomic_compare_exchange_n(&slot->key, &found, key, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
		    found == key) {
			__atomic_store_n(&slot->value, value.reference | (uint64_t)value.extra << 32, __ATOMIC_RELEASE);
			return;
		}
	}
	journal_count(COUNTER_TABLE_FULL, 1);
}

uint64_t hash_words(const uint64_t *words, size_t count, uint64_t seed)
{
	uint64_t hash = seed ^ count;
	size_t i = 0;

	for (; i + 1 < count; i += 2)
		hash = hash_mix(words[i] ^ hash, words[i + 1]);
	if (i < count)
		hash = hash_mix(words[i] ^ hash, seed);
	hash = hash_mix(hash, seed);
	return hash ? hash : 1;
}

uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
	const unsigned char *at = bytes;
	uint64_t hash = seed ^ size, word;

	for (; size >= 8; at += 8, size -= 8) {
		memcpy(&word, at, 8);
		hash = hash_mix(word ^ hash, seed);
	}
	word = 0;
	memcpy(&word, at, size);
	hash = hash_mix(hash_mix(word ^ hash, seed), seed);
	return hash ? hash : 1;
}

uint32_t intern_once(const char *bytes, size_t size)
{
	struct journal_string *record = journal_begin(RECORD_STRING, sizeof *record + size, 0);

	if (!record)
		return 0;
	record->length = (uint32_t)size;
	memcpy(record + 1, bytes, size);
	journal_commit(record, RECORD_STRING, 0);
	return journal_reference(record);
}

uint32_t intern_string(const char *bytes, size_t size)
{
	if (size > STRING_MAX)
		size = STRING_MAX;
	uint64_t key = hash_bytes(bytes, size, INTERN_STRING);
	struct interned known = intern_find(key);
	if (known.reference)
		return known.reference;
	known.reference = intern_once(bytes, size);
	if (known.reference)
		intern_add(key, known);
	return known.reference;
}
