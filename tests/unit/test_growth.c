/*
 * test_growth.c - what grows is told from what breathes; sparklines, amounts, cells.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "live/growth.h"
#include "top/screen.h"
#include "top/sparkline.h"
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <stdint.h>

#define TEST(name) static void name(void **state __attribute__((unused)))
#define SECOND UINT64_C(1000000000)

/* A sample a second: what `value` says, an expression of `t`. */
#define SAMPLES(growth, seconds, value)                                                                                \
	for (uint64_t t = 0; t < (seconds); t++)                                                                       \
	growth_sample(&(growth), (1000 + t) * SECOND, (uint64_t)(value))

TEST(a_leak_grows)
{
	struct growth growth = {0};
	SAMPLES(growth, 60, 10 + 2 * t);
	assert_int_equal(growth_trend(&growth), TREND_GROWS);
	assert_int_equal(growth_unfallen_ns(&growth), 59 * SECOND);
	assert_true(growth_rate(&growth) > 1.99 && growth_rate(&growth) < 2.01);
	assert_int_equal(growth.high, 128);
}

TEST(a_slow_leak_grows)
{
	struct growth growth = {0};
	SAMPLES(growth, 4000, t / 600);
	assert_int_equal(growth_trend(&growth), TREND_GROWS);
}

TEST(a_cache_that_found_its_size_does_not)
{
	struct growth growth = {0};
	SAMPLES(growth, 200, t < 20 ? 10 * t : 200);
	assert_int_equal(growth_trend(&growth), TREND_STEADY);
	assert_int_equal(growth_unfallen_ns(&growth), 0);
}

TEST(what_breathes_does_not)
{
	struct growth growth = {0};
	SAMPLES(growth, 200, t % 20);
	assert_int_equal(growth_trend(&growth), TREND_STEADY);
}

TEST(a_leak_that_was_tidied_up_once_grows_again)
{
	struct growth growth = {0};
	SAMPLES(growth, 100, t < 30 ? t : t - 30);
	assert_int_equal(growth_trend(&growth), TREND_GROWS);
	assert_int_equal(growth_unfallen_ns(&growth), 69 * SECOND);
}

TEST(a_short_rise_is_a_program_at_work)
{
	struct growth growth = {0};
	SAMPLES(growth, 9, 5 * t);
	assert_int_equal(growth_trend(&growth), TREND_STEADY);
}

TEST(a_leak_under_what_breathes_rises)
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
	growth_sample(&growth, 5, 7); /* the past */
	assert_int_equal(growth.value, 299);
}

TEST(sparklines)
{
	char line[SPARKLINE_MAX * 3 + 1];
	uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7}, large[] = {0, UINT32_MAX}, same[] = {9, 9, 9};
	sparkline(numbers, 8, 8, true, line);
	assert_string_equal(line, "▁▂▃▄▅▆▇█");
	sparkline(numbers, 8, 8, false, line);
	assert_string_equal(line, "_.:-=+*#");
	sparkline(numbers, 8, 4, false, line);
	assert_string_equal(line, ".-+#");
	sparkline(numbers, 2, 4, false, line);
	assert_string_equal(line, "  _#");
	sparkline(large, 2, 2, false, line);
	assert_string_equal(line, "_#");
	sparkline(same, 3, 3, false, line);
	assert_string_equal(line, "___");
	sparkline(numbers, 0, 3, false, line);
	assert_string_equal(line, "   ");
	sparkline(numbers, 8, 1000, true, line);
	assert_int_equal(strlen(line), SPARKLINE_MAX - 8 + 3 * 8);
}

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

TEST(cells)
{
	struct arena *arena = arena_new();
	struct screen screen = screen_new(arena, 2, 10, true);
	assert_int_equal(screen_put(&screen, 0, 0, 10, STYLE_PLAIN, "abc"), 3);
	screen_put_right(&screen, 0, 5, 5, STYLE_LEAK, "xy");
	assert_string_equal(screen_line(arena, &screen, 0), "abc     xy");
	assert_int_equal(screen_at(&screen, 0, 9)->style, STYLE_LEAK);
	assert_int_equal(screen_put(&screen, 1, 0, 6, STYLE_PLAIN, "abcdefgh"), 6);
	assert_string_equal(screen_line(arena, &screen, 1), "abcde…");
	assert_int_equal(screen_put(&screen, 1, 8, 100, STYLE_PLAIN, "日本"), 1); /* half a character is none */
	assert_string_equal(screen_line(arena, &screen, 1), "abcde…  …");
	assert_int_equal(screen_put(&screen, 1, 0, 10, STYLE_PLAIN, "日本é"), 5);
	assert_string_equal(screen_line(arena, &screen, 1), "日本é…  …");
	assert_int_equal(screen_put(&screen, 5, 0, 10, STYLE_PLAIN, "out"), 0);
	assert_int_equal(screen_put(&screen, 0, 10, 10, STYLE_PLAIN, "out"), 0);
	screen_paint(&screen, 9, 0, 10, STYLE_LEAK);
	struct screen plain = screen_new(arena, 1, 6, false);
	screen_put(&plain, 0, 0, 6, STYLE_PLAIN, "é日abcdef");
	assert_string_equal(screen_line(arena, &plain, 0), "??abc~");
	struct screen none = screen_new(arena, 0, 0, true);
	screen_put(&none, 0, 0, 3, STYLE_PLAIN, "abc");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_grows),
		cmocka_unit_test(a_slow_leak_grows),
		cmocka_unit_test(a_cache_that_found_its_size_does_not),
		cmocka_unit_test(what_breathes_does_not),
		cmocka_unit_test(a_leak_that_was_tidied_up_once_grows_again),
		cmocka_unit_test(a_short_rise_is_a_program_at_work),
		cmocka_unit_test(a_leak_under_what_breathes_rises),
		cmocka_unit_test(samples_are_the_last_ones),
		cmocka_unit_test(sparklines),
		cmocka_unit_test(amounts),
		cmocka_unit_test(cells),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
