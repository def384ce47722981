/*
 * test_own_frame.c - the user's frames of a script's stack and of a native one.
 */
#include "frames/own_frame.h"
#include "unit_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct script_code library = {.function = {"mkdtemp", 7}, .file = {"/usr/lib/python3.11/tempfile.py", 31}},
				user = {.function = {"work", 4}, .file = {"/src/work.py", 12}};

static struct script_stack stack_of(struct script_frame *frames, uint32_t count)
{
	return (struct script_stack){.language = LANGUAGE_PYTHON, .frames = frames, .count = count};
}

TEST(own_frames_are_found_from_either_end)
{
	struct script_frame frames[] = {{&library, 1}, {&user, 2}, {&library, 3}, {&user, 4}, {&library, 5}};
	struct script_stack stack = stack_of(frames, COUNT(frames));
	assert_false(own_frame_is(&stack, 0));
	assert_true(own_frame_is(&stack, 1));
	assert_int_equal(own_frame_innermost(&stack), 1);
	assert_int_equal(own_frame_from(&stack, 2), 3);
	assert_int_equal(own_frame_from(&stack, 4), 5);
	assert_int_equal(own_frame_or_innermost(&stack), 1);
	assert_int_equal(own_frame_end(&stack), 4);
}

TEST(a_stack_of_libraries_has_none)
{
	struct script_frame frames[] = {{&library, 1}, {&library, 2}};
	struct script_stack stack = stack_of(frames, COUNT(frames));
	assert_int_equal(own_frame_innermost(&stack), 2);
	assert_int_equal(own_frame_or_innermost(&stack), 0);
	assert_int_equal(own_frame_end(&stack), 0);
}

TEST(no_stack_and_an_empty_one_have_none)
{
	struct script_stack stack = stack_of(NULL, 0);
	assert_int_equal(own_frame_innermost(NULL), 0);
	assert_int_equal(own_frame_end(NULL), 0);
	assert_int_equal(own_frame_innermost(&stack), 0);
	assert_int_equal(own_frame_from(&stack, 7), 7);
	assert_null(own_frame_native(NULL, 0));
}

TEST(each_frame_of_an_unknown_language_is_own)
{
	struct script_frame frames[] = {{&library, 1}, {&user, 2}};
	struct script_stack stack = stack_of(frames, COUNT(frames));
	stack.language = (enum journal_language)999;
	assert_int_equal(own_frame_innermost(&stack), 0);
	assert_int_equal(own_frame_end(&stack), 2);
}

static struct frame native(const char *function, const char *module, const char *file)
{
	return (struct frame){.function = text_of(function), .module = text_of(module), .file = text_of(file)};
}

TEST(libc_is_never_own)
{
	struct frame at[] = {native("mkdtemp", "/lib/libc.so.6", ""), native("work", "/src/work", "")};
	struct frames frames = {.at = at, .count = COUNT(at)};
	assert_ptr_equal(own_frame_native(&frames, 0), &at[1]);
}

TEST(rules_leave_out_more)
{
	struct frame at[] = {native("", "", ""), native("", "/src/work", ""), native("_start", "/src/work", ""),
			     native("_dl_open", "/lib/ld-linux-x86-64.so.2", ""), native("main", "/src/work", "")};
	struct frames frames = {.at = at, .count = COUNT(at)};
	assert_ptr_equal(own_frame_native(&frames, 0), &at[0]);
	assert_ptr_equal(own_frame_native(&frames, OWN_FRAME_LOCATED), &at[1]);
	assert_ptr_equal(own_frame_native(&frames, OWN_FRAME_NAMED), &at[2]);
	assert_ptr_equal(own_frame_native(&frames, OWN_FRAME_NAMED | OWN_FRAME_NOT_START), &at[3]);
	assert_ptr_equal(own_frame_native(&frames, OWN_FRAME_NAMED | OWN_FRAME_NOT_START | OWN_FRAME_NOT_LOADER),
			 &at[4]);
}

TEST(compiled_code_is_own_and_nothing_beside_it)
{
	struct frame at[] = {native("uv_fs_mkdtemp", "/usr/bin/node", ""), native("mkdtempSync", "", "node:fs"),
			     native("work", "", "/src/work.js")};
	struct frames frames = {.at = at, .count = COUNT(at)};
	assert_ptr_equal(own_frame_native(&frames, OWN_FRAME_NAMED), &at[2]);
}

TEST(stripped_starts_of_threads_are_known)
{
	struct frame nameless = native("", "/lib/libc.so.6", ""),
		     versioned = native("__libc_start_main_impl", "/x", ""), other = native("", "/src/work", "");
	assert_true(own_frame_is_start(&nameless));
	assert_true(own_frame_is_start(&versioned));
	assert_false(own_frame_is_start(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_frames_are_found_from_either_end),
		cmocka_unit_test(a_stack_of_libraries_has_none),
		cmocka_unit_test(no_stack_and_an_empty_one_have_none),
		cmocka_unit_test(each_frame_of_an_unknown_language_is_own),
		cmocka_unit_test(libc_is_never_own),
		cmocka_unit_test(rules_leave_out_more),
		cmocka_unit_test(compiled_code_is_own_and_nothing_beside_it),
		cmocka_unit_test(stripped_starts_of_threads_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
