/*
 * test_growth.c - growth is told from a number that rises and falls.
 */
#include "live/growth.h"
#include "unit_test.h"

#define SECOND UINT64_C(1000000000)

/* Adds a sample a second: `value`, an expression of the second `t`. */
#define SAMPLES(growth, seconds, value)                                                                                \
	for (uint64_t t = 0; t < (seconds); t++)                                                                       \
	growth_sample(&(growth), (1000 + t) * SECOND, (uint64_t)(value))

TEST(leak_grows)
{
	struct growth growth = {0};
	SAMPLES(growth, 60, 10 + 2 * t);
	assert_int_equal(growth_trend(&growth), TREND_GROWS);
	assert_int_equal(growth_unfallen_ns(&growth), 59 * SECOND);
	assert_true(growth_rate(&growth) > 1.99 && growth_rate(&growth) < 2.01);
	assert_int_equal(growth.high, 128);
}

TEST(slow_leak_grows)
{
	struct growth growth = {0};
	SAMPLES(growth, 4000, t / 600);
	assert_int_equal(growth_trend(&growth), TREND_GROWS);
}

TEST(cache_that_is_full_does_not_grow)
{
	struct growth growth = {0};
	SAMPLES(growth, 200, t < 20 ? 10 * t : 200);
	assert_int_equal(growth_trend(&growth), TREND_STEADY);
	assert_int_equal(growth_unfallen_ns(&growth), 0);
}

TEST(number_that_rises_and_falls_does_not_grow)
{
	struct growth growth = {0};
	SAMPLES(growth, 200, t % 20);
	assert_int_equal(growth_trend(&growth), TREND_STEADY);
}

TEST(leak_grows_again_after_it_was_tidied_up)
{
	struct growth growth = {0};
	SAMPLES(growth, 100, t < 30 ? t : t - 30);
	assert_int_equal(growth_trend(&growth), TREND_GROWS);
	assert_int_equal(growth_unfallen_ns(&growth), 69 * SECOND);
}

TEST(short_rise_is_no_growth)
{
	struct growth growth = {0};
	SAMPLES(growth, 9, 5 * t);
	assert_int_equal(growth_trend(&growth), TREND_STEADY);
}

TEST(leak_below_a_number_that_rises_and_falls)
{
	struct growth growth = {0};
	SAMPLES(growth, 200, t + 10 * (t % 3));
	assert_int_equal(growth_trend(&growth), TREND_RISES);
}

TEST(samples_are_the_last_ones)
{
	struct growth growth = {0};
	uint32_t samples[GROWTH_SAMPLES];
	assert_int_equal(growth_samples(&growth, GROWTH_SAMPLES, samples), 0);
	SAMPLES(growth, 300, t);
	assert_int_equal(growth_samples(&growth, 3, samples), 3);
	assert_int_equal(samples[0], 297);
	assert_int_equal(samples[2], 299);
	assert_int_equal(growth_samples(&growth, GROWTH_SAMPLES, samples), GROWTH_SAMPLES);
	assert_int_equal(samples[0], 300 - GROWTH_SAMPLES);
	growth_sample(&growth, 5, 7); /* a time before the last sample: ignored */
	assert_int_equal(growth.value, 299);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leak_grows),
		cmocka_unit_test(slow_leak_grows),
		cmocka_unit_test(cache_that_is_full_does_not_grow),
		cmocka_unit_test(number_that_rises_and_falls_does_not_grow),
		cmocka_unit_test(leak_grows_again_after_it_was_tidied_up),
		cmocka_unit_test(short_rise_is_no_growth),
		cmocka_unit_test(leak_below_a_number_that_rises_and_falls),
		cmocka_unit_test(samples_are_the_last_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
