/*
 * test_symbol.c - names of addresses of a program that is compiled here.
 */
#include "base/arena.h"
#include "base/text.h"
#include "build_journal.h"
#include "journal/read.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	build_finish(b);
	struct arena *arena = arena_new();
	struct journal journal;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x.data", &journal), 0);
	struct symbols *symbols = symbols_open(arena, &journal);
	const struct frames *frames = symbols_stack(symbols, journal.events[0].native);
	assert_int_equal(frames->count, 3);
	assert_true(text_is(frames->at[0].function, "inner"));
	assert_true(frames->at[0].inlined);
	assert_int_equal(frames->at[0].line, 5);
	assert_true(text_ends(frames->at[0].file, "program.c"));
	assert_true(text_is(frames->at[1].function, "outer"));
	assert_false(frames->at[1].inlined);
	assert_int_equal(frames->at[1].line, 8);
	assert_int_equal(frames->at[2].function.size, 0); /* in no module */
	symbols_close(symbols);
	arena_free(arena);
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
		cmocka_unit_test(inlined_functions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
