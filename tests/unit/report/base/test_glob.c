/*
 * test_glob.c - patterns of paths.
 */
#include "base/glob.h"
#include "base/text.h"
#include "unit_test.h"
#include <string.h>
#include <time.h>

TEST(stars)
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
}

TEST(sets_and_escapes)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{"[abc]", "c", true},
		{"[abc]", "d", false},
		{"[^a]", "b", true},
		{"[^a]", "a", false},
		{"[!a-c-]", "-", false},
		{"[a-]", "-", true},
		{"[-a]", "-", true},
		{"[]a]", "a", true},
		{"[!]]", "]", false},
		{"[!]]", "x", true},
		{"[.-0]", "/", false}, /* never a slash, though it lies between */
		{"[z-a]", "m", false},
		{"[*]", "*", true},
		{"[*]", "x", false},
		{"[?]x", "?x", true},
		{"[a", "[a", true},
		{"[a", "a", false},
		{"[]", "[]", true},
		{"[!", "[!", true},
		{"a[0-9]*.c", "a7xx.c", true},
		{"a[0-9]*.c", "axx.c", false},
		{"\\[a]", "[a]", true},
		{"\\[a]", "a", false},
		{"\\?", "?", true},
		{"\\?", "x", false},
		{"\\\\", "\\", true},
		{"\\a", "a", true},
		{"a\\", "a\\", true}, /* the last byte of the pattern: itself */
		{"\\**", "*abc", true},
		{"\\**", "abc", false},
		{"[\xc3]", "\xc3", true}, /* bytes, of no encoding */
		{"?", "\xff", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (glob_match(rows[i].pattern, text_of(rows[i].text)) != rows[i].matches)
			fail_msg("glob %s on %s should be %d", rows[i].pattern, rows[i].text, rows[i].matches);
	assert_true(glob_match("a?b*", (struct text){"a\0b\0", 4})); /* a text may hold any byte */
}

TEST(paths_and_directories)
{
	static const struct {
		const char *pattern, *cwd, *path;
		bool matches;
	} rows[] = {
		{"cache/**", "/work", "/work/cache/1.dat", true},
		{"./cache/*", "/work/", "/work/cache/1.dat", true},
		{"././cache/*", "/work//", "/work/cache/1.dat", true},
		{"cache/**", "/work", "/work2/cache/1.dat", false},
		{"cache/**", "/work", "/cache/1.dat", false},
		{"*", "/work", "/work", false},
		{"*", "/work", "/work/", true}, /* matches no bytes, too */
		{"*", "/work", "/work/a", true},
		{"*", "/work", "/work/a/b", false},
		{"**", "/work", "/work/a/b", true},
		{"**", "/work", "/other/a/b", false},
		{"**/x", "/work", "/work/x", true},
		{"**/x", "/work", "/work/a/b/x", true},
		{"*.c", "/", "/a.c", true},
		{"*.c", "", "/a.c", true},
		{"*.c", NULL, "a.c", true},
		{"../a", "/work/b", "/work/a", false}, /* ".." is not resolved */
		/* an absolute pattern: cwd says nothing */
		{"/tmp/**", "/work", "/tmp/x/y", true},
		{"/tmp/*", "/work", "/tmp/x/y", false},
		{"/tmp/*", "/tmp", "/tmp/x", true},
		{"/*/x", "/work", "/tmp/x", true},
		/* a slash at the end: all that is below the directory */
		{"/tmp/", "/work", "/tmp/x/y", true},
		{"/tmp/", "/work", "/tmp/x", true},
		{"/tmp/", "/work", "/tmp", false},
		{"/tmp/", "/work", "/tmp/", true},
		{"/tmp/", "/work", "/tmpx/y", false},
		{"ca*/", "/work", "/work/cache/1.dat", true},
		{"cache/", "/work", "/work/cache", false},
		{"cache/", "/work", "/work/cache2/x", false},
		{"**/cache/", "/work", "/work/a/cache/x/y", true},
		{"[c]ache/", "/work", "/work/cache/x/y", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (glob_match_path(rows[i].pattern, rows[i].cwd, text_of(rows[i].path)) != rows[i].matches)
			fail_msg("glob %s from %s on %s should be %d", rows[i].pattern,
				 rows[i].cwd ? rows[i].cwd : "NULL", rows[i].path, rows[i].matches);
}

TEST(directory_that_a_pattern_names)
{
	static const struct {
		const char *pattern;
		size_t fixed;
	} rows[] = {{"/tmp/x/*.c", 7}, {"/tmp/x", 5}, {"cache/a?b/c", 6}, {"*", 0},       {"a*/b", 0},
		    {"/", 1},          {"", 0},       {"a/b\\*/c", 2},    {"a/[b]/c", 2}, {"a/b/", 4}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(glob_fixed(rows[i].pattern), rows[i].fixed);
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
		cmocka_unit_test(stars),
		cmocka_unit_test(sets_and_escapes),
		cmocka_unit_test(paths_and_directories),
		cmocka_unit_test(directory_that_a_pattern_names),
		cmocka_unit_test(many_stars_take_no_longer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
