/*
 * test_screen.c - texts in the cells of a screen.
 */
#include "base/arena.h"
#include "top/screen.h"
#include "unit_test.h"
#include <locale.h>

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
	assert_int_equal(screen_put(&screen, 1, 8, 100, STYLE_PLAIN, "日本"),
			 1); /* a wide character needs both cells */
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
		cmocka_unit_test(cells),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
