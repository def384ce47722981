/*
 * test_intern.c - the table of things that are stored already, and strings stored once.
 */
#include "journal/intern.h"
#include "with_mapped_journal.h"
#include <string.h>

enum { SLOTS = 1 << 18, PROBES = 64 };

static int set_up(void **state)
{
	(void)state;
	return journal_set_up_of(JOURNAL_HEADER_SIZE + (2 << 20));
}

/* The first test: there is no table yet. */
TEST(empty_table)
{
	assert_int_equal(intern_find(5000).reference, 0);
	assert_int_equal(intern_find(5000).extra, 0);
}

TEST(added_and_changed)
{
	intern_add(5000, (struct interned){7, 9});
	assert_int_equal(intern_find(5000).reference, 7);
	assert_int_equal(intern_find(5000).extra, 9);
	assert_int_equal(intern_find(5001).reference, 0);
	intern_add(5000, (struct interned){UINT32_MAX, UINT32_MAX});
	assert_int_equal(intern_find(5000).reference, UINT32_MAX);
	assert_int_equal(intern_find(5000).extra, UINT32_MAX);
}

/* Keys of one slot, the last of the table: the others go to the slots behind it, around the end. */
TEST(no_free_slot_is_counted)
{
	const uint64_t key = SLOTS - 1;
	for (uint32_t i = 0; i < PROBES; i++)
		intern_add(key + (uint64_t)i * SLOTS, (struct interned){i + 1, 0});
	assert_int_equal(counted(COUNTER_TABLE_FULL), 0);
	intern_add(key + (uint64_t)PROBES * SLOTS, (struct interned){PROBES + 1, 0});
	assert_int_equal(counted(COUNTER_TABLE_FULL), 1);
	for (uint32_t i = 0; i <= PROBES; i++)
		assert_int_equal(intern_find(key + (uint64_t)i * SLOTS).reference, i < PROBES ? i + 1 : 0);
	intern_add(key, (struct interned){99, 0}); /* one that is there can still be changed */
	assert_int_equal(intern_find(key).reference, 99);
	assert_int_equal(counted(COUNTER_TABLE_FULL), 1);
}

TEST(many_keys)
{
	enum { COUNT = 100000 };
	uint64_t lost = counted(COUNTER_TABLE_FULL), found = 0;
	for (uint64_t i = 1; i <= COUNT; i++)
		intern_add(hash_words(&i, 1, INTERN_STACK), (struct interned){(uint32_t)i, 0});
	lost = counted(COUNTER_TABLE_FULL) - lost;
	for (uint64_t i = 1; i <= COUNT; i++) {
		uint32_t reference = intern_find(hash_words(&i, 1, INTERN_STACK)).reference;
		assert_true(!reference || reference == i);
		found += reference != 0;
	}
	assert_int_equal(found + lost, COUNT);
	assert_true(lost < 20); /* the test before filled some slots */
}

TEST(hashes_depend_on_all_that_they_are_of)
{
	static const uint64_t words[] = {1, 2, 3};
	static const char bytes[] = "0123456789abcdef0123456789";
	uint64_t seen[sizeof bytes];
	for (size_t size = 0; size < sizeof bytes; size++) {
		seen[size] = hash_bytes(bytes, size, INTERN_STRING);
		assert_true(seen[size]);
		assert_true(seen[size] == hash_bytes(bytes, size, INTERN_STRING));
		assert_true(seen[size] != hash_bytes(bytes, size, INTERN_MODULE));
		assert_true(!size || seen[size] != hash_bytes(bytes + 1, size, INTERN_STRING));
		for (size_t other = 0; other < size; other++)
			assert_true(seen[size] != seen[other]);
	}
	assert_true(hash_words(words, 2, 1) != hash_words(words, 3, 1));
	assert_true(hash_words(words, 2, 1) != hash_words(words + 1, 2, 1));
	assert_true(hash_words(words, 2, 1) != hash_words(words, 2, 2));
	assert_true(hash_words(words, 0, 0) && hash_bytes(bytes, 0, 0));
}

static const struct journal_string *string_at(uint32_t reference)
{
	const struct journal_string *record = (const void *)(journal.base + 8 * (uint64_t)reference);
	assert_int_equal(record->head.type, RECORD_STRING);
	return record;
}

TEST(string_is_stored_once)
{
	uint32_t first = intern_string("/tmp/a", 6), other = intern_string("/tmp/b", 6);
	assert_true(first && other && first != other);
	assert_int_equal(intern_string("/tmp/abc", 6), first);
	assert_int_equal(string_at(first)->length, 6);
	assert_memory_equal(string_at(first) + 1, "/tmp/a", 6);
	assert_memory_equal(string_at(other) + 1, "/tmp/b", 6);
	uint32_t again = intern_once("/tmp/a", 6);
	assert_true(again && again != first);
	assert_int_equal(intern_string("/tmp/a", 6), first);
}

TEST(long_string_is_cut)
{
	static char bytes[70000];
	memset(bytes, 'x', sizeof bytes);
	uint32_t reference = intern_string(bytes, sizeof bytes);
	assert_int_equal(string_at(reference)->length, 60000);
	assert_int_equal(intern_string(bytes, 60000), reference);
}

TEST(string_that_cannot_be_stored_is_not_remembered)
{
	journal_seal(true);
	assert_int_equal(intern_string("later", 5), 0);
	journal_seal(false);
	uint32_t reference = intern_string("later", 5);
	assert_non_null(string_at(reference));
	assert_int_equal(intern_string("later", 5), reference);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_table),
		cmocka_unit_test(added_and_changed),
		cmocka_unit_test(no_free_slot_is_counted),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(hashes_depend_on_all_that_they_are_of),
		cmocka_unit_test(string_is_stored_once),
		cmocka_unit_test(long_string_is_cut),
		cmocka_unit_test(string_that_cannot_be_stored_is_not_remembered),
	};
	return cmocka_run_group_tests(tests, set_up, journal_tear_down);
}
