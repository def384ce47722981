/*
 * test_amount.c - numbers as people read them.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "unit_test.h"

#define SECOND UINT64_C(1000000000)

TEST(amounts)
{
	struct arena *arena = arena_new();
	assert_string_equal(amount_count(arena, 99999), "99999");
	assert_string_equal(amount_count(arena, 100000), "100k");
	assert_string_equal(amount_count(arena, 1234567), "1.2M");
	assert_string_equal(amount_count(arena, UINT64_MAX), "18E");
	assert_string_equal(amount_whole(arena, 0), "0");
	assert_string_equal(amount_whole(arena, 999), "999");
	assert_string_equal(amount_whole(arena, 1234567), "1,234,567");
	assert_string_equal(amount_time(arena, 59 * SECOND), "59s");
	assert_string_equal(amount_time(arena, 3599 * SECOND), "59m59s");
	assert_string_equal(amount_time(arena, 7500 * SECOND), "2h05m");
	assert_string_equal(amount_time(arena, 356400 * SECOND), "4d03h");
	assert_string_equal(amount_time(arena, UINT64_MAX), "213503d");
	assert_string_equal(amount_rate(arena, 0.001), "0");
	assert_string_equal(amount_rate(arena, 0.5), "+0.50");
	assert_string_equal(amount_rate(arena, -12), "-12.0");
	assert_string_equal(amount_rate(arena, 99.99), "+100");
	assert_string_equal(amount_rate(arena, 12345), "+12k");
	assert_string_equal(amount_bytes(arena, 1536), "1.5 KiB");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
