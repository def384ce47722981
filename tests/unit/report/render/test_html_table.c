/*
 * test_html_table.c - the tables of the HTML page: each text and each stack once.
 */
#include "base/arena.h"
#include "base/text.h"
#include "model/report_model.h"
#include "model/stack_model.h"
#include "render/html/html_table.h"
#include "unit_test.h"

#define FRAME(name, path, number)                                                                                      \
	{                                                                                                              \
		.code = &(struct script_code){.function = name, .file = path}, .line = number                          \
	}

TEST(stacks_share_their_callers)
{
	struct arena *arena = arena_new();
	struct report report = {0};
	struct html_table *table = html_table_new(arena, &report);
	struct script_frame frames[] = {FRAME(text_of("inner"), text_of("a.py"), 3),
					FRAME(text_of("outer"), text_of("a.py"), 9)};
	struct script_frame others[] = {FRAME(text_of("sibling"), text_of("a.py"), 4), frames[1]};
	struct script_stack one = {.frames = frames, .count = 2}, other = {.frames = others, .count = 2}, none = {0};
	assert_int_equal(html_table_script(table, &one), 1);   /* outer 0, inner 1 */
	assert_int_equal(html_table_script(table, &other), 2); /* outer again, sibling 2 */
	assert_int_equal(html_table_script(table, &one), 1);
	assert_int_equal(html_table_script(table, &none), -1);
	assert_int_equal(html_table_script(table, NULL), -1);
	assert_int_equal(html_table_text(table, text_of("")), -1);
	assert_int_equal(html_table_text(table, text_of("outer")), html_table_text(table, frames[1].code->function));
	assert_int_equal(html_table_process(table, NULL), -1);
	html_table_free(table);
	arena_free(arena);
}

static struct frame native(const char *function, const char *module)
{
	return (struct frame){.function = text_of(function), .module = text_of(module), .file = text_none()};
}

TEST(own_frames_are_numbered_as_in_their_stacks)
{
	struct arena *arena = arena_new();
	struct report report = {0};
	struct html_table *table = html_table_new(arena, &report);
	struct script_frame frames[] = {FRAME(text_of("mkdtemp"), text_of("/usr/lib/python3.11/tempfile.py"), 3),
					FRAME(text_of("outer"), text_of("a.py"), 9)};
	struct script_stack script = {.frames = frames, .count = 2};
	struct frame at[] = {native("mkdtemp", "/lib/libc.so.6"), native("", "/x"), native("work", "/x")},
		     start = native("_start", "/x");
	struct frames stack = {.at = at, .count = 3}, libc = {.at = at, .count = 1},
		      starts = {.at = &start, .count = 1};
	html_table_script(table, &script);      /* outer 0, mkdtemp 1 */
	html_table_native(table, &stack, NULL); /* work 2, nameless 3, libc's 4 */
	assert_int_equal(html_table_own(table, &stack, &script), 0);
	assert_int_equal(html_table_own(table, &stack, NULL), 2);
	assert_int_equal(html_table_own(table, &libc, NULL), 4);
	assert_int_equal(html_table_own(table, &starts, NULL), -1);
	assert_int_equal(html_table_own(table, NULL, NULL), -1);
	html_table_free(table);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_share_their_callers),
		cmocka_unit_test(own_frames_are_numbered_as_in_their_stacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
