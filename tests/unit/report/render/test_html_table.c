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
	assert_int_equal(html_python(table, &one), 1);   /* outer 0, inner 1 */
	assert_int_equal(html_python(table, &other), 2); /* outer again, sibling 2 */
	assert_int_equal(html_python(table, &one), 1);
	assert_int_equal(html_python(table, &none), -1);
	assert_int_equal(html_python(table, NULL), -1);
	assert_int_equal(html_text(table, text_of("")), -1);
	assert_int_equal(html_text(table, text_of("outer")), html_text(table, frames[1].code->function));
	assert_int_equal(html_process(table, NULL), -1);
	html_table_free(table);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_share_their_callers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
