/*
 * test_amount.c - numbers as people read them.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "unit_test.h"

#define SECOND UINT64_C(1000000000)

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

TEST(counts)
{
	static const struct {
		uint64_t count;
		const char *shown, *whole;
	} rows[] = {
		{0, "0", "0"},
		{999, "999", "999"},
		{1000, "1000", "1,000"},
		{99999, "99999", "99,999"},
		{100000, "100k", "100,000"},
		{999499, "999k", "999,499"},
		{999500, "1.0M", "999,500"}, /* never "1000k" */
		{1234567, "1.2M", "1,234,567"},
		{9949999, "9.9M", "9,949,999"},
		{9950000, "10M", "9,950,000"},
		{UINT64_MAX, "18E", "18,446,744,073,709,551,615"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_string_equal(amount_count(arena, rows[i].count), rows[i].shown);
		assert_string_equal(amount_whole(arena, rows[i].count), rows[i].whole);
	}
}

TEST(times)
{
	static const struct {
		uint64_t seconds;
		const char *shown;
	} rows[] = {{0, "0s"},         {59, "59s"},         {60, "1m00s"},     {3599, "59m59s"},
		    {3600, "1h00m"},   {7500, "2h05m"},     {86399, "23h59m"}, {86400, "1d00h"},
		    {356400, "4d03h"}, {8639999, "99d23h"}, {8640000, "100d"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(amount_time(arena, rows[i].seconds * SECOND), rows[i].shown);
	assert_string_equal(amount_time(arena, SECOND - 1), "0s");
	assert_string_equal(amount_time(arena, UINT64_MAX), "213503d");
}

TEST(rates)
{
	static const struct {
		double per_second;
		const char *shown;
	} rows[] = {{0, "0"},        {0.001, "0"},     {-0.0049, "0"},   {0.5, "+0.50"},  {-12, "-12.0"},
		    {9.99, "+9.99"}, {9.996, "+10.0"}, {99.99, "+100"},  {999.4, "+999"}, {999.6, "+1.0k"},
		    {12345, "+12k"}, {-1e18, "-1.0E"}, {1e22, "+10000E"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(amount_rate(arena, rows[i].per_second), rows[i].shown);
}

TEST(bytes)
{
	static const struct {
		uint64_t bytes;
		const char *shown;
	} rows[] = {{0, "0 B"},
		    {1023, "1023 B"},
		    {1024, "1.0 KiB"},
		    {1536, "1.5 KiB"},
		    {1048576, "1.0 MiB"},
		    {UINT64_C(1) << 40, "1.0 TiB"},
		    {UINT64_MAX, "16.0 EiB"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(amount_bytes(arena, rows[i].bytes), rows[i].shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(times),
		cmocka_unit_test(rates),
		cmocka_unit_test(bytes),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
