/*
 * test_glob.c - patterns of paths.
 */
#include "base/glob.h"
#include "base/text.h"
#include "unit_test.h"
#include <string.h>
#include <time.h>

TEST(globs)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{"*.c", "a.c", true},
		{"*.c", "d/a.c", false},
		{"**.c", "d/a.c", true},
		{"**/a", "a", true},
		{"**/a", "x/y/a", true},
		{"**/a", "xa", false},
		{"d/**", "d/x/y", true},
		{"d/**", "d", false},
		{"d/**/e", "d/e", true},
		{"d/**/e", "d/f/g/e", true},
		{"d/**/e", "d/fe", false},
		{"a?c", "abc", true},
		{"a?c", "a/c", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[!a]", "/", false},
		{"[]]", "]", true},
		{"[x", "[x", true},
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"", "", true},
		{"*", "", true},
		{"a*b*c", "a1b2b3c", true},
		{"a**b*c", "a/b/bc", true},
		{"*/x/**/y", "q/x/1/2/y", true},
		{"**/x*/**/y", "a/x1/b/x2/c/y", true},
		{"**", "/any/thing", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (glob_match(rows[i].pattern, text_of(rows[i].text)) != rows[i].matches)
			fail_msg("glob %s on %s should be %d", rows[i].pattern, rows[i].text, rows[i].matches);
	assert_true(glob_match_path("cache/**", "/work", text_of("/work/cache/1.dat")));
	assert_true(glob_match_path("./cache/*", "/work/", text_of("/work/cache/1.dat")));
	assert_false(glob_match_path("cache/**", "/work", text_of("/work2/cache/1.dat")));
	assert_true(glob_match_path("/tmp/**", "/work", text_of("/tmp/x/y")));
	assert_true(glob_match_path("/tmp/", "/work", text_of("/tmp/x/y")));
	assert_true(glob_match_path("ca*/", "/work", text_of("/work/cache/1.dat")));
	assert_false(glob_match_path("cache/", "/work", text_of("/work/cache")));
	assert_false(glob_match_path("cache/", "/work", text_of("/work/cache2/x")));
}

TEST(many_stars_take_no_longer)
{
	char text[4001], pattern[200] = "";
	memset(text, 'a', 4000);
	text[4000] = 0;
	for (int i = 0; i < 20; i++)
		strcat(pattern, i % 2 ? "**/**a*" : "*a**a");
	strcat(pattern, "b");
	clock_t begun = clock();
	assert_false(glob_match(pattern, text_of(text)));
	assert_true(clock() - begun < 2 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs),
		cmocka_unit_test(many_stars_take_no_longer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
