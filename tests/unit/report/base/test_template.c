/*
 * test_template.c - patterns of what paths have in common.
 */
#include "base/arena.h"
#include "base/template.h"
#include "base/text.h"
#include "unit_test.h"
#include <string.h>
#include <time.h>

static void expect_template(const char *expected, const char *const *paths)
{
	struct arena *arena = arena_new();
	struct text texts[16];
	size_t count = 0;
	for (; paths[count]; count++)
		texts[count] = text_of(paths[count]);
	assert_string_equal(text_shown(arena, template_of(arena, texts, count, text_of("/work"))), expected);
	arena_free(arena);
}

#define TEMPLATE(expected, ...) expect_template(expected, (const char *const[]){__VA_ARGS__, NULL})

TEST(templates)
{
	TEMPLATE("/tmp/tmp.*", "/tmp/tmp.Xa3bQ7");
	TEMPLATE("/tmp/tmp.*", "/tmp/tmp.abcdefghij");
	TEMPLATE("/tmp/tmp*", "/tmp/tmpabcd_fgh");
	TEMPLATE("/tmp/cc*.o", "/tmp/ccAbCdEf.o");
	TEMPLATE("/tmp/sort*", "/tmp/sortVWXYZa");
	TEMPLATE("cache/*.dat", "/work/cache/12.dat");
	TEMPLATE("cache/*.dat", "/work/cache/12.dat", "/work/cache/13.dat", "/work/cache/7.dat");
	TEMPLATE("/tmp/page-*.dat", "/tmp/page-1.dat", "/tmp/page-22.dat");
	TEMPLATE("/tmp/*", "/tmp/one", "/tmp/two");
	TEMPLATE("/tmp/lock.*", "/tmp/lock.a", "/tmp/lock.b");
	TEMPLATE("/tmp/*", "/tmp/550e8400-e29b-41d4-a716-446655440000");
	TEMPLATE("/tmp/d/**", "/tmp/d/a", "/tmp/d/b/c");
	TEMPLATE("/tmp/spill*/x", "/tmp/spill10/x", "/tmp/spill12/x");
	TEMPLATE("/tmp/run-*/x", "/tmp/run-7/x");
	TEMPLATE("/tmp/oct-*", "/tmp/oct-8kIBEf");
	TEMPLATE("/tmp/*", "/tmp/tone", "/tmp/two");
	TEMPLATE("/tmp/*.log", "/tmp/shown.log", "/tmp/hidden.log");
	TEMPLATE("/tmp/spool-*", "/tmp/spool-axq", "/tmp/spool-abr");
	TEMPLATE("/tmp/upload*", "/tmp/uploads", "/tmp/uploader");
	TEMPLATE("/tmp/*load.txt", "/tmp/upload.txt", "/tmp/download.txt");
	TEMPLATE("/tmp/x*", "/tmp/x1", "/tmp/x");
	TEMPLATE("/tmp/*", "/tmp/a", "/tmp/ab", "/tmp/b");
	TEMPLATE("/tmp/Table*", "/tmp/Table1");
	TEMPLATE("/tmp/tex2pdf.-*", "/tmp/tex2pdf.-fa248a36c3bb5716");
	TEMPLATE("/work2/x", "/work2/x");
	TEMPLATE("plain.txt", "/work/plain.txt");
}

TEST(templates_of_odd_paths)
{
	TEMPLATE("/tmp/d", "/tmp//d/");
	TEMPLATE("/work", "/work");
	TEMPLATE("/tmp/a\\nb", "/tmp/a\nb");
	TEMPLATE("/tmp/tex2pdf", "/tmp/tex2pdf");
	TEMPLATE("/tmp/python3/lib*", "/tmp/python3/lib3");
	TEMPLATE("/tmp/**", "/tmp/a/b", "/tmp/c");
	TEMPLATE("/**", "/tmp/a/b", "/var/c");
	TEMPLATE("/*/x", "/tmp/x", "/work/x");
	TEMPLATE("d/*", "/work/d/a", "/work/d/b");
}

/* A component of 512 bytes or more, and more components than are compared. */
TEST(templates_of_long_paths)
{
	struct arena *arena = arena_new();
	char path[4096];
	memset(path, 'a', sizeof path);
	path[0] = '/';
	struct text one = {path, 2000};
	assert_int_equal(template_of(arena, &one, 1, text_of("/work")).size, 1 + 512);
	for (size_t i = 0; i < sizeof path; i += 2)
		path[i] = '/';
	one.size = sizeof path;
	assert_true(template_of(arena, &one, 1, text_of("/work")).size <= sizeof path);
	arena_free(arena);
}

TEST(hash_is_of_the_template)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{"/tmp/page-1.dat", "/tmp/page-22.dat", true},
		{"/tmp/tmp.Xa3bQ7", "/tmp/tmp.abcdefghij", true},
		{"/work/a", "/work/a", true},
		{"/work/a", "/a", true}, /* of the components, from the start directory on */
		{"/tmp/a", "/tmp/b", false},
		{"/tmp/a/b", "/tmp/ab", false},
		{"/tmp/ab/c", "/tmp/a/bc", false},
		{"/tmp//a/", "/tmp/a", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((template_hash(text_of(rows[i].one), text_of("/work")) ==
		     template_hash(text_of(rows[i].other), text_of("/work"))) != rows[i].same)
			fail_msg("%s and %s should be %d", rows[i].one, rows[i].other, rows[i].same);
}

static void expect_masked(const char *expected, const char *path, size_t random)
{
	struct arena *arena = arena_new();
	assert_string_equal(text_shown(arena, template_masked(arena, text_of(path), random)), expected);
	arena_free(arena);
}

TEST(random_characters_are_masked)
{
	expect_masked("/tmp/page-*", "/tmp/page-abcdef", 6);
	expect_masked("/tmp/cc*.cdtor.c", "/tmp/ccIVaKaO.cdtor.c", 6);
	expect_masked("/tmp/application.v1-*", "/tmp/application.v1-abcd_f12", 8);
	expect_masked("/tmp/spill*.tar.gz", "/tmp/spillokvexxqz.tar.gz", 8);
	expect_masked("/tmp/*", "/tmp/abcdef", 6);
	expect_masked("/tmp/abcdef", "/tmp/abcdef", 0);
	expect_masked("/tmp.abcdefgh/a.b", "/tmp.abcdefgh/a.b", 8);
	expect_masked("", "", 6);
}

TEST(templates_of_many_paths)
{
	enum { COUNT = 50000 };
	struct arena *arena = arena_new();
	struct text *paths = arena_take(arena, COUNT * sizeof *paths);
	for (int i = 0; i < COUNT; i++)
		paths[i] = text_of(arena_format(arena, "/tmp/run-%d/page-%d-%x.dat", i % 7, i, i * 77));
	clock_t begun = clock();
	struct text template = template_of(arena, paths, COUNT, text_of("/work"));
	assert_true(clock() - begun < CLOCKS_PER_SEC);
	assert_string_equal(text_shown(arena, template), "/tmp/run-*/page-*.dat");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates),
		cmocka_unit_test(templates_of_odd_paths),
		cmocka_unit_test(templates_of_long_paths),
		cmocka_unit_test(hash_is_of_the_template),
		cmocka_unit_test(random_characters_are_masked),
		cmocka_unit_test(templates_of_many_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
