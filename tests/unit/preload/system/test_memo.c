/*
 * test_memo.c - remembered stacks: sets of blocks by key, and the memory that blocks come from.
 */
#include "system/memo.h"
#include "unit_test.h"

struct block {
	uint64_t key, value;
};

static struct memo_table table;

static const struct block *find(uint64_t key)
{
	void **set = memo_set(&table, key);
	for (int i = 0; i < MEMO_WAYS; i++)
		if (set[i] && ((struct block *)set[i])->key == key)
			return set[i];
	return NULL;
}

static void add(uint64_t key, uint64_t value)
{
	struct block *block = memo_take(sizeof *block);
	assert_non_null(block);
	assert_int_equal((uintptr_t)block % 16, 0);
	*block = (struct block){key, value};
	memo_add(&table, block);
}

TEST(blocks_are_found_by_key)
{
	assert_null(find(7));
	for (uint64_t key = 1; key <= 100; key++)
		add(key * 0x123456789abcdef, key);
	for (uint64_t key = 1; key <= 100; key++)
		if (find(key * 0x123456789abcdef))
			assert_int_equal(find(key * 0x123456789abcdef)->value, key);
	assert_non_null(find(100 * 0x123456789abcdef));
	assert_null(find(7));
}

/* Keys of one set: the newest is there, and so are MEMO_WAYS in all. */
TEST(full_set_drops_a_block)
{
	void **set = memo_set(&table, 1);
	uint64_t added = 0;
	table = (struct memo_table){0};
	for (uint64_t key = 1; added < 20; key++) {
		if (memo_set(&table, key) != set)
			continue;
		add(key, added++);
		size_t blocks = 0;
		for (int i = 0; i < MEMO_WAYS; i++)
			blocks += set[i] != NULL;
		assert_int_equal(blocks, added < MEMO_WAYS ? added : MEMO_WAYS);
		assert_int_equal(find(key)->value, added - 1);
	}
}

TEST(stack_is_learned_at_the_4th_8th_16th_time)
{
	static const uint32_t due[] = {4, 8, 16, 32, 1u << 31}, not [] = {0, 1, 2, 3, 5, 7, 12, UINT32_MAX};
	for (size_t i = 0; i < sizeof due / sizeof *due; i++)
		assert_true(memo_is_due(due[i]));
	for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
		assert_false(memo_is_due(not [i]));
}

/* The last tests: memory that was used up or given back does not come again. */
TEST(rest_of_the_memory_is_given_back)
{
	memo_shrink();
	size_t taken = 0;
	while (memo_take(1000))
		taken += 1008;
	assert_true(taken > 0 && taken < 200000); /* a margin is left to other threads */
	assert_null(memo_take(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_found_by_key),
		cmocka_unit_test(full_set_drops_a_block),
		cmocka_unit_test(stack_is_learned_at_the_4th_8th_16th_time),
		cmocka_unit_test(rest_of_the_memory_is_given_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
