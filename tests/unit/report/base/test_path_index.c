/*
 * test_path_index.c - names by path, and the highest directory above a path.
 */
#include "base/arena.h"
#include "base/path_index.h"
#include "base/text.h"
#include "unit_test.h"

static struct arena *arena;
static struct path_index names;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	names = (struct path_index){.arena = arena};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	path_index_free(&names);
	arena_free(arena);
	return 0;
}

TEST(one_name_a_path)
{
	struct indexed_path *name = path_index_add(&names, text_of("/tmp/a"));
	assert_true(text_is(name->path, "/tmp/a"));
	assert_null(name->page);
	assert_ptr_equal(path_index_add(&names, text_of("/tmp/a")), name);
	assert_ptr_equal(path_index_at(&names, text_of("/tmp/a")), name);
	assert_ptr_equal(path_index_at(&names, (struct text){"/tmp/abc", 6}), name); /* by bytes, no NUL */
	assert_null(path_index_at(&names, text_of("/tmp/ab")));
	assert_null(path_index_at(&names, text_of("")));
}

TEST(the_highest_directory_above)
{
	static const struct {
		const char *path, *above;
	} rows[] = {
		{"/tmp/d/x", "/tmp/d"}, {"/tmp/d/e/x", "/tmp/d"},   {"/tmp/d", NULL}, /* not itself */
		{"/tmp/d2/x", NULL},    {"/tmp/f/g/h", "/tmp/f/g"}, {"/tmp/f/x", NULL}, {"/", NULL}, {"", NULL},
		{"/tmp/d/", "/tmp/d"},
	};
	assert_null(path_index_above(&names, text_of("/tmp/d/x"))); /* of none at all */
	path_index_add(&names, text_of("/tmp/d"));
	path_index_add(&names, text_of("/tmp/d/e"));
	path_index_add(&names, text_of("/tmp/f/g"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct indexed_path *above = path_index_above(&names, text_of(rows[i].path));
		if (!rows[i].above)
			assert_null(above);
		else
			assert_true(above && text_is(above->path, rows[i].above));
	}
}

TEST(many_names)
{
	enum { COUNT = 20000 };
	for (int i = 0; i < COUNT; i++)
		path_index_add(&names, text_of(arena_format(arena, "/tmp/%d", i)));
	for (int i = 0; i < COUNT; i += 7)
		assert_non_null(path_index_at(&names, text_of(arena_format(arena, "/tmp/%d", i))));
	assert_null(path_index_at(&names, text_of(arena_format(arena, "/tmp/%d", COUNT))));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(one_name_a_path),
		CASE(the_highest_directory_above),
		CASE(many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
