/*
 * test_text.c - byte strings, and how they are shown.
 */
#include "base/arena.h"
#include "base/text.h"
#include "unit_test.h"

TEST(shown_on_a_terminal)
{
	struct arena *arena = arena_new();
	assert_string_equal(text_shown(arena, text_of("a\nb\x1b[31m\\\xff\xc3\xa4")),
			    "a\\nb\\x1b[31m\\\\\\xff\xc3\xa4");
	assert_string_equal(text_shown(arena, text_of("\xc2\x9b \xe2\x80\xae \xed\xa0\x80")),
			    "\\xc2\\x9b \\xe2\\x80\\xae \\xed\\xa0\\x80");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_on_a_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
