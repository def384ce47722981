/*
 * test_source_lines.c - which lines of source files are taken.
 */
#include "base/arena.h"
#include "base/text.h"
#include "findings/source_lines.h"
#include "model/report_model.h"
#include "model/stack_model.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAME(name, path, number)                                                                                      \
	{                                                                                                              \
		.code = &(struct script_code){.function = name, .file = path}, .line = number                          \
	}

TEST(lines_around_frames)
{
	struct arena *arena = arena_new();
	char path[] = "/tmp/pageleak-source-XXXXXX";
	int descriptor = mkstemp(path);
	for (int i = 1; i <= 30; i++)
		dprintf(descriptor, "line %d%s\n", i, i == 10 ? "\r" : "");
	close(descriptor);
	struct script_frame frames[] = {FRAME(text_of("f"), text_of(path), 10), FRAME(text_of("g"), text_of(path), 2),
					FRAME(text_of("h"), text_of("/dev/zero"), 1),
					FRAME(text_of("i"), text_of("<string>"), 1),
					FRAME(text_of("j"), text_of(path), 2000000000)};
	struct script_stack python = {.frames = frames, .count = 5};
	struct finding finding = {.script = &python};
	struct report report = {
		.findings = &finding, .finding_count = 1, .started_ns = UINT64_MAX, .cwd = text_of("/")};
	source_collect(arena, &report);
	assert_int_equal(report.sources->count, 1);
	const struct source *source = &report.sources->at[0];
	static const int expected[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13};
	assert_int_equal(source->line_count, sizeof expected / sizeof *expected);
	for (size_t i = 0; i < source->line_count; i++)
		assert_int_equal(source->lines[i].number, expected[i]);
	assert_true(text_is(source->lines[8].text, "line 10"));
	assert_false(source->changed);
	unlink(path);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_around_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
