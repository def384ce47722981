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

TEST(parts_of_texts)
{
	struct text none = text_none(), null = text_of(NULL);
	assert_true(text_equal(none, null) && text_is(none, "") && !text_is(none, "a"));
	assert_true(text_starts(text_of("abc"), "ab") && text_starts(text_of("abc"), "") && text_starts(none, ""));
	assert_false(text_starts(text_of("abc"), "abcd") || text_starts(text_of("abc"), "b"));
	assert_true(text_ends(text_of("abc"), "bc") && text_ends(text_of("abc"), "abc") && text_ends(none, ""));
	assert_false(text_ends(text_of("abc"), "xabc") || text_ends(text_of("abc"), "b"));
	assert_false(text_equal((struct text){"a\0b", 3}, (struct text){"a\0c", 3}));
	assert_true(text_is(text_basename(text_of("/a/b.c")), "b.c"));
	assert_true(text_is(text_basename(text_of("b.c")), "b.c"));
	assert_true(text_is(text_basename(text_of("/a/")), ""));
	assert_true(text_is(text_basename(none), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_on_a_terminal),
		cmocka_unit_test(parts_of_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
