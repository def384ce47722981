/*
 * test_perf_map.c - names that a compiler left while the program ran, good and bad ones.
 */
#include "base/arena.h"
#include "base/text.h"
#include "symbols/perf_map.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/pageleak-unit-XXXXXX";
static char file[128];
static struct arena *arena;

static int set_up(void **state)
{
	char directory[64];
	(void)state;
	arena = arena_new();
	if (!mkdtemp(root))
		return -1;
	snprintf(directory, sizeof directory, "%s/tmp", root);
	snprintf(file, sizeof file, "%s/perf-42.map", directory);
	return mkdir(directory, 0700);
}

static int tear_down(void **state)
{
	char directory[64];
	(void)state;
	unlink(file);
	snprintf(directory, sizeof directory, "%s/tmp", root);
	rmdir(directory);
	arena_free(arena);
	return rmdir(root);
}

static struct perf_map *map_of(const char *text)
{
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	fwrite(text, 1, strlen(text), out);
	fclose(out);
	return perf_map_open(arena, root, 42, getuid(), 0);
}

static void found(struct perf_map *map, uint64_t address, const char *function, const char *name, int line)
{
	struct perf_name out;
	assert_int_equal(perf_map_find(map, address, &out), function != NULL);
	if (!function)
		return;
	assert_true(text_is(out.function, function));
	assert_true(text_is(out.file, name));
	assert_int_equal(out.line, line);
}

static void plain_names(void **state)
{
	struct perf_map *map =
		map_of("1000 10 first\n1020 8 java.lang.String::hashCode\n2000 100 outer\n2010 10 again, moved\n");
	(void)state;
	found(map, 0x0fff, NULL, NULL, 0);
	found(map, 0x1000, "first", "", 0);
	found(map, 0x100f, "first", "", 0);
	found(map, 0x1010, NULL, NULL, 0);
	found(map, 0x1027, "java.lang.String::hashCode", "", 0);
	found(map, 0x2010, "again, moved", "", 0);
	found(map, 0x2020, "outer", "", 0);
	found(map, 0x2100, NULL, NULL, 0);
}

static void last_line_counts(void **state)
{
	struct perf_map *map = map_of("1000 100 old\n1000 100 new\n0800 1000 newest\n");
	(void)state;
	found(map, 0x1010, "newest", "", 0);
	found(map, 0x0810, "newest", "", 0);
}

static void names_of_node(void **state)
{
	struct perf_map *map = map_of("1000 10 JS:~make /src/a b.js:2:18\n2000 10 LazyCompile:*spill "
				      "node:fs:3000:22\n3000 10 Script:~ /src/a.js:1:1\n"
				      "4000 10 JS:odd\n5000 10 JS:*f x:y:z\n6000 10 Builtin:Call /a.js:1:1\n7000 10 "
				      "JS:\n8000 10 JS: ::\n9000 10 JS:a :1:2\n"
				      "a000 10 JS:~ /src/a.js:5:9\n");
	(void)state;
	found(map, 0x1000, "make", "/src/a b.js", 2);
	found(map, 0x2000, "spill", "node:fs", 3000);
	found(map, 0x3000, "<module>", "/src/a.js", 1);
	found(map, 0x4000, "odd", "", 0);
	found(map, 0x5000, "f x:y:z", "", 0);
	found(map, 0x6000, "Builtin:Call /a.js:1:1", "", 0);
	found(map, 0x7000, "JS:", "", 0);
	found(map, 0x8000, " ::", "", 0);
	found(map, 0x9000, "a", "", 1);
	found(map, 0xa000, "<anonymous>", "/src/a.js", 5);
}

static void tiers_of_v8_are_one_function(void **state)
{
	static const char *const tiers[] = {"JS:",   "JS:~",  "JS:^",          "JS:+",          "JS:*",
					    "JS:+'", "JS:*'", "LazyCompile:*", "LazyCompile:-", "Function:~"};
	char line[128];
	(void)state;
	for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
		snprintf(line, sizeof line, "1000 10 %smake /src/a.js:2:18\n2000 10 %snative\n", tiers[i], tiers[i]);
		struct perf_map *map = map_of(line);
		found(map, 0x1000, "make", "/src/a.js", 2);
		found(map, 0x2000, "native", "", 0);
	}
	struct perf_map *map = map_of("1000 10 JS:make-3-liftoff\n2000 10 JS:*make-3-turbofan\n3000 10 "
				      "JS:-liftoff\n4000 10 vm-liftoff\n5000 10 *make\n");
	found(map, 0x1000, "make-3", "", 0);
	found(map, 0x2000, "make-3", "", 0);
	found(map, 0x3000, "liftoff", "", 0);
	found(map, 0x4000, "vm-liftoff", "", 0); /* the name of another compiler */
	found(map, 0x5000, "*make", "", 0);
}

/* Waits until perf_map checks the file again. */
static void a_while(void)
{
	usleep(150000);
}

static void append(const char *text)
{
	FILE *out = fopen(file, "a");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	a_while();
}

/* `pageleak top` reads the map of a program that runs. */
static void map_that_is_being_written(void **state)
{
	struct perf_map *map = map_of("1000 10 first\n");
	(void)state;
	found(map, 0x1000, "first", "", 0);
	found(map, 0x2000, NULL, NULL, 0);
	append("2000 10 sec");
	found(map, 0x2000, "sec", "", 0);
	append("ond\n3000 10 third\n");
	found(map, 0x3000, "third", "", 0);
	found(map, 0x2000, "second", "", 0);
	found(map, 0x1000, "first", "", 0);
	unlink(file);
	found(map, 0x4000, NULL, NULL, 0);
	map_of("4000 10 of another file\n");
	a_while();
	found(map, 0x4000, "of another file", "", 0);
}

/* A journal has a million addresses: the file is checked every 100 ms at most. */
static void file_is_not_checked_for_each_address(void **state)
{
	struct perf_map *map = map_of("1000 10 first\n");
	(void)state;
	a_while();
	found(map, 0x2000, NULL, NULL, 0);
	FILE *out = fopen(file, "a");
	assert_non_null(out);
	fputs("2000 10 second\n", out);
	fclose(out);
	found(map, 0x2000, NULL, NULL, 0);
	a_while();
	found(map, 0x2000, "second", "", 0);
}

static void broken_lines_are_skipped(void **state)
{
	struct perf_map *map = map_of(
		"\n\nzz 1 a\n1000\n1000 \n1000 10\n1000 0 empty\nffffffffffffffff 2 beyond\n1000 10 good\n 1 \nend");
	(void)state;
	found(map, 0x1000, "good", "", 0);
	found(map, UINT64_MAX, NULL, NULL, 0);
	found(map_of(""), 1, NULL, NULL, 0);
}

static void files_of_others_are_refused(void **state)
{
	struct stat status;
	(void)state;
	map_of("1000 10 good\n");
	stat(file, &status);
	uint64_t later = ((uint64_t)status.st_mtim.tv_sec + 10) * 1000000000u;
	found(perf_map_open(arena, root, 42, getuid(), later), 0x1000, NULL, NULL, 0);
	found(perf_map_open(arena, root, 43, getuid(), 0), 0x1000, NULL, NULL, 0);
	unlink(file);
	assert_int_equal(symlink("/etc/passwd", file), 0);
	found(perf_map_open(arena, root, 42, getuid(), 0), 0x1000, NULL, NULL, 0);
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	found(perf_map_open(arena, root, 42, getuid(), 0), 0x1000, NULL, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names),
		cmocka_unit_test(last_line_counts),
		cmocka_unit_test(names_of_node),
		cmocka_unit_test(tiers_of_v8_are_one_function),
		cmocka_unit_test(map_that_is_being_written),
		cmocka_unit_test(file_is_not_checked_for_each_address),
		cmocka_unit_test(broken_lines_are_skipped),
		cmocka_unit_test(files_of_others_are_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
