/*
 * test_names.c - globs, templates, shown text, demangling, and names of addresses of a small program compiled here.
 */
#include "base/arena.h"
#include "base/glob.h"
#include "base/template.h"
#include "base/text.h"
#include "build_journal.h"
#include "judge/test_scope.h"
#include "model/stack_model.h"
#include "render/xml.h"
#include "replay/page_names.h"
#include "symbols/demangle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define TEST(name) static void name(void **state __attribute__((unused)))

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

TEST(globs_do_not_explode)
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

static void expect_xml(bool one_line, const char *text, size_t size, const char *expected)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&bytes, &length);
	assert_non_null(out);
	(one_line ? xml_value : xml_content)(out, (struct text){text, size});
	fclose(out);
	assert_string_equal(bytes, expected);
	free(bytes);
}

TEST(any_bytes_as_xml)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"<&>\"'", "&lt;&amp;&gt;&quot;'"},
		{"]]>", "]]&gt;"},
		{"\x1b[31m\r\x7f", "\\x1b[31m\\x0d\\x7f"},
		{"\xc3\xa9", "\xc3\xa9"},
		{"\xf0\x9f\x93\x84", "\xf0\x9f\x93\x84"},
		{"\xc3", "\\xc3"},
		{"\xc3(", "\\xc3("},
		{"\xff", "\\xff"},
		{"\xc0\xaf", "\\xc0\\xaf"},
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xef\xbf\xbe", "\\xef\\xbf\\xbe"},
		{"\xef\xbf\xbd", "\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xf0\x9f\x93", "\\xf0\\x9f\\x93"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_xml(i % 2, rows[i].text, strlen(rows[i].text), rows[i].expected);
	expect_xml(true, "a\n\tb\0c", 6, "a\\x0a\\x09b\\x00c");
	expect_xml(false, "a\n\tb\0c", 6, "a\n\tb\\x00c");
}

TEST(tests_and_phases)
{
	static const struct {
		const char *scope, *test, *phase;
	} rows[] = {
		{"t.py::a (call)", "t.py::a", "call"},
		{"t.py::a[x (y)] (setup)", "t.py::a[x (y)]", "setup"},
		{"t.py::a", "t.py::a", ""},
		{"a(b)", "a(b)", ""},
		{" (x)", "", "x"},
		{")", ")", ""},
		{"(x)", "(x)", ""},
		{"", "", ""},
		{"a ()", "a", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(text_is(scope_test(text_of(rows[i].scope)), rows[i].test));
		assert_true(text_is(scope_phase(text_of(rows[i].scope)), rows[i].phase));
	}
}

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

static void expect_masked(const char *expected, const char *path, size_t random)
{
	struct arena *arena = arena_new();
	assert_string_equal(text_shown(arena, template_masked(arena, text_of(path), random)), expected);
	arena_free(arena);
}

TEST(what_is_known_to_be_random)
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

TEST(shown)
{
	struct arena *arena = arena_new();
	assert_string_equal(text_shown(arena, text_of("a\nb\x1b[31m\\\xff\xc3\xa4")),
			    "a\\nb\\x1b[31m\\\\\\xff\xc3\xa4");
	assert_string_equal(text_shown(arena, text_of("\xc2\x9b \xe2\x80\xae \xed\xa0\x80")),
			    "\\xc2\\x9b \\xe2\\x80\\xae \\xed\\xa0\\x80");
	arena_free(arena);
}

TEST(demangled)
{
	struct arena *arena = arena_new();
	assert_true(text_is(demangle(arena, "_ZN5spill5writeEi"), "spill::write(int)"));
	assert_true(text_is(demangle(arena, "_RNvC6_123foo3bar"), "123foo[0]::bar") ||
		    text_is(demangle(arena, "_RNvC6_123foo3bar"), "123foo::bar"));
	assert_true(text_is(demangle(arena, "_ZN5spill5write17h0123456789abcdefE"), "spill::write"));
	assert_true(text_is(demangle(arena, "main"), "main"));
	assert_true(text_is(demangle(arena, "_Znonsense"), "_Znonsense"));
	arena_free(arena);
}

/* ---- names of one page ---- */

enum { PLACES = 60 };

static struct place_name place_of(int number)
{
	static char names[PLACES][8], directories[4];
	snprintf(names[number], sizeof names[number], "n%d", number / 4);
	return (struct place_name){(struct directory *)(void *)&directories[number % 4], text_of(names[number])};
}

/* Whether just those of `there` are its names, by search and by list. */
static void expect_names(const struct names_index *index, struct page_names *names, const bool there[PLACES])
{
	unsigned count = 0, listed = 0;
	for (int i = 0; i < PLACES; i++) {
		const struct name_entry *entry = page_names_at(index, names, place_of(i));
		assert_int_equal(entry != NULL, there[i]);
		assert_true(!entry || paths_same(entry->place, place_of(i)));
		count += there[i];
	}
	for (const struct name_entry *at = &names->first; at; at = at->next)
		listed += at->place.directory != NULL;
	assert_int_equal(names->count, count);
	assert_int_equal(listed, count);
}

/* Short lists and long ones, two pages at a time: what one has says nothing of the other. Some move to a name that is there. */
TEST(names_come_move_and_go)
{
	struct arena *arena = arena_new();
	struct names_index index = {.arena = arena};
	struct page_names names[2] = {0};
	bool there[2][PLACES] = {0};
	unsigned seed = 1;
	for (int step = 0; step < 20000; step++) {
		int which = rand_r(&seed) % 2, number = rand_r(&seed) % (step % 2000 < 1000 ? PLACES : 10),
		    other = rand_r(&seed) % PLACES;
		struct name_entry *entry = page_names_at(&index, &names[which], place_of(number));
		bool removes = rand_r(&seed) % 3 == 0;
		if (!entry || rand_r(&seed) % 4 == 0) {
			page_names_add(&index, &names[which], place_of(number));
			there[which][number] = true;
		} else if (removes) {
			page_names_drop(&index, &names[which], entry);
			there[which][number] = false;
		} else {
			page_names_move(&index, &names[which], entry, place_of(other));
			there[which][number] = false;
			there[which][other] = true;
		}
		if (step % 50 == 0)
			expect_names(&index, &names[which], there[which]);
	}
	names_index_free(&index);
	arena_free(arena);
}

TEST(a_name_that_comes_and_goes_leaves_nothing)
{
	struct arena *arena = arena_new();
	struct names_index index = {.arena = arena};
	struct page_names names = {0};
	page_names_add(&index, &names, place_of(0));
	size_t before = 0;
	for (int i = 0; i < 100000; i++) {
		before = i == 1 ? arena_size(arena) : before;
		page_names_add(&index, &names, place_of(1));
		page_names_drop(&index, &names, page_names_at(&index, &names, place_of(1)));
	}
	assert_int_equal(names.count, 1);
	assert_null(names.first.next);
	assert_int_equal(arena_size(arena), before);
	arena_free(arena);
}

/* ---- addresses ---- */

static const char source[] =
	"#include <stdio.h>\n"
	"volatile int sink;\n"
	"void *where[1];\n"
	"__attribute__((noinline)) void note(void) { where[0] = __builtin_return_address(0); sink++; }\n"
	"static inline __attribute__((always_inline)) void inner(void) { note(); sink++; }\n" /* line 5 */
	"__attribute__((noinline)) void outer(void)\n"
	"{\n"
	"	inner();\n" /* line 8 */
	"	sink++;\n"
	"}\n"
	"int main(void) { outer(); printf(\"%p %p\\n\", where[0], (void *)note); return 0; }\n";

static bool line_of(const char *command, char *out, int size)
{
	FILE *pipe = popen(command, "r");
	bool got = pipe && fgets(out, size, pipe);
	return pipe && pclose(pipe) == 0 && got;
}

static void expect_inlined(const char *compiler, const char *directory)
{
	char command[512], line[128], path[128];
	sprintf(path, "%s/program", directory);
	sprintf(command, "%s -O2 -g -fno-pie -no-pie -o %s %s/program.c && %s", compiler, path, directory, path);
	unsigned long address, note;
	assert_true(line_of(command, line, sizeof line));
	assert_int_equal(sscanf(line, "%lx %lx", &address, &note), 2);
	struct builder *b = build_new("/work");
	build_module(b, 1, path, 0, note & ~0xfffffful, note | 0xffffff);
	build_event(b, .path = "/tmp/x", .inode = 1, .birth_ns = 5,
		    .native = build_stack(b, 1, (uint64_t[]){address, 0x10}, 2));
	struct outcome out = outcome_of(b, NULL, NULL);
	const struct frames *frames = symbols_stack(out.symbols, out.pages.at[0]->made->native);
	assert_int_equal(frames->count, 3);
	assert_true(text_is(frames->at[0].function, "inner"));
	assert_true(frames->at[0].inlined);
	assert_int_equal(frames->at[0].line, 5);
	assert_true(text_ends(frames->at[0].file, "program.c"));
	assert_true(text_is(frames->at[1].function, "outer"));
	assert_false(frames->at[1].inlined);
	assert_int_equal(frames->at[1].line, 8);
	assert_int_equal(frames->at[2].function.size, 0); /* in no module */
	outcome_free(&out);
	build_free(b);
}

TEST(inlined_functions)
{
	char directory[] = "/tmp/pageleak-unit-XXXXXX", path[128], command[160];
	assert_non_null(mkdtemp(directory));
	sprintf(path, "%s/program.c", directory);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(source, file);
	fclose(file);
	expect_inlined("gcc", directory);
	if (!system("clang --version >/dev/null 2>&1"))
		expect_inlined("clang", directory); /* has no .debug_aranges */
	sprintf(command, "rm -r %s", directory);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs),
		cmocka_unit_test(globs_do_not_explode),
		cmocka_unit_test(any_bytes_as_xml),
		cmocka_unit_test(tests_and_phases),
		cmocka_unit_test(templates),
		cmocka_unit_test(what_is_known_to_be_random),
		cmocka_unit_test(templates_of_many_paths),
		cmocka_unit_test(shown),
		cmocka_unit_test(demangled),
		cmocka_unit_test(names_come_move_and_go),
		cmocka_unit_test(a_name_that_comes_and_goes_leaves_nothing),
		cmocka_unit_test(inlined_functions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
