/*
 * test_languages.c - rows of languages: Python's rules, and none for a language that this version does not know.
 */
#include "frames/languages.h"
#include "frames/merged_stack.h"
#include "frames/stack_context.h"
#include "unit_test.h"

#define STACK(language_, frames_)                                                                                      \
	{                                                                                                              \
		.language = (language_), .frames = (frames_), .count = sizeof(frames_) / sizeof *(frames_)             \
	}
#define CODE(function_, file_)                                                                                         \
	{                                                                                                              \
		.function = {function_, sizeof(function_) - 1}, .file = { file_, sizeof(file_) - 1 }                   \
	}

enum { LANGUAGE_OF_TOMORROW = 999 };

static const struct script_code mkdtemp_code = CODE("mkdtemp", "/usr/lib/python3.11/tempfile.py"),
				named_code = CODE("NamedTemporaryFile", "/usr/lib/python3.11/tempfile.py"),
				init_code = CODE("Table.__init__", "/src/table.py"),
				del_code = CODE("Table.__del__", "/src/table.py"),
				pip_code = CODE("install", "/usr/lib/python3/dist-packages/pip/main.py"),
				frozen_code = CODE("_call_with_frames_removed", "<frozen importlib._bootstrap>"),
				string_code = CODE("__init__", "<string>");

static struct frame native(const char *function, const char *module)
{
	return (struct frame){.function = text_of(function), .module = text_of(module), .file = text_none()};
}

TEST(every_row_has_a_number_and_a_name_of_its_own)
{
	for (size_t i = 0; languages[i]; i++)
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(languages[i]->number, languages[k]->number);
			assert_string_not_equal(languages[i]->name, languages[k]->name);
		}
	assert_ptr_equal(languages[0], &python_language);
}

TEST(a_stack_has_the_row_of_its_language)
{
	struct script_stack stack = {.language = LANGUAGE_PYTHON};
	assert_ptr_equal(language_of(&stack), &python_language);
	assert_string_equal(language_of(&stack)->name, "Python");
}

TEST(an_unknown_language_has_names_and_no_rules)
{
	struct script_frame frames[] = {{&mkdtemp_code, 1}, {&init_code, 2}};
	struct script_stack stack = STACK((enum journal_language)LANGUAGE_OF_TOMORROW, frames);
	const struct language *language = language_of(&stack);
	struct frame eval = native("_PyEval_EvalFrameDefault", "/usr/bin/python3.11");
	assert_string_equal(language->name, "script");
	assert_false(language_is_library(language, &mkdtemp_code));
	assert_false(language_is_standard(language, &mkdtemp_code));
	assert_false(language_is_import(language, &frozen_code));
	assert_false(language_is_runtime(language, &eval, true));
	assert_false(language_is_runtime_file(language, &eval));
	assert_false(language_evaluates(language, &eval));
	assert_false(language_is_top_level(language, text_of("<module>")));
	assert_int_equal(language_random_characters(&stack), 0);
	assert_null(language_ownerless(&stack, NULL, VERDICT_LEAKED).detail);
}

TEST(a_missing_stack_has_no_rules_either)
{
	assert_false(language_is_library(language_of(NULL), &mkdtemp_code));
	assert_int_equal(language_random_characters(NULL), 0);
}

TEST(a_merged_stack_of_an_unknown_language_has_all_frames)
{
	struct script_frame frames[] = {{&init_code, 2}};
	struct script_stack stack = STACK((enum journal_language)LANGUAGE_OF_TOMORROW, frames);
	struct frame at[] = {native("openat", "/lib/libc.so.6"), native("evaluate", "/usr/bin/tomorrow")};
	struct frames two = {.at = at, .count = 2};
	struct arena *arena = arena_new();
	assert_int_equal(merged_stack_of(arena, &stack, &two).count, 3);
	arena_free(arena);
}

TEST(python_tells_library_from_user)
{
	assert_true(language_is_library(&python_language, &mkdtemp_code));
	assert_true(language_is_library(&python_language, &pip_code));
	assert_true(language_is_library(&python_language, &frozen_code));
	assert_false(language_is_library(&python_language, &init_code));
	assert_false(language_is_library(&python_language, &string_code));
}

TEST(python_tells_standard_from_installed)
{
	assert_true(language_is_standard(&python_language, &mkdtemp_code));
	assert_false(language_is_standard(&python_language, &pip_code));
	assert_false(language_is_standard(&python_language, &string_code));
	assert_true(python_language.is_standard_or_generated(&string_code));
}

TEST(short_names_stand_behind_the_last_dot)
{
	assert_true(text_is(language_short_name(&python_language, text_of("TestTable.test_del")), "test_del"));
	assert_true(text_is(language_short_name(&python_language, text_of("test_del")), "test_del"));
	assert_int_equal(language_short_name(&python_language, text_of("")).size, 0);
}

TEST(python_knows_the_random_part_of_tempfile)
{
	struct script_frame frames[] = {{&mkdtemp_code, 1}, {&init_code, 2}};
	struct script_stack stack = STACK(LANGUAGE_PYTHON, frames), empty = {.language = LANGUAGE_PYTHON};
	assert_int_equal(language_random_characters(&stack), 8);
	frames[0].code = &init_code;
	assert_int_equal(language_random_characters(&stack), 0);
	assert_int_equal(language_random_characters(&empty), 0);
}

TEST(the_owner_is_no_object_of_the_library)
{
	struct script_frame frames[] = {{&mkdtemp_code, 1}, {&init_code, 2}};
	struct script_stack stack = STACK(LANGUAGE_PYTHON, frames);
	struct object objects[] = {{.address = 1, .frame = 0}, {.address = 2, .frame = 1}};
	struct event made = {.script = &stack, .objects = objects, .object_count = 2};
	assert_int_equal(language_owner(&made)->address, 2);
	made.object_count = 1; /* only the library's */
	assert_int_equal(language_owner(&made)->address, 1);
	made.object_count = 0;
	assert_null(language_owner(&made));
}

TEST(the_interpreters_frames_are_its_own)
{
	struct frame eval = native("_PyEval_EvalFrameDefault", "/opt/app"),
		     nameless = native("", "/usr/bin/python3.11"), main = native("main", "/usr/bin/python3.11"),
		     other = native("work", "/opt/app"),
		     extension = native("x", "/usr/lib/python3.11/lib-dynload/_posix.so");
	assert_true(language_evaluates(&python_language, &eval));
	assert_true(language_is_runtime(&python_language, &eval, false));
	assert_true(language_is_runtime(&python_language, &nameless, false));
	assert_false(language_is_runtime(&python_language, &main, false));
	assert_true(language_is_runtime(&python_language, &main, true));
	assert_false(language_is_runtime(&python_language, &other, true));
	assert_true(language_is_runtime_file(&python_language, &extension));
	assert_false(language_is_runtime_file(&python_language, &other));
}

TEST(versions_of_an_interpreter_leave_the_names_of_extensions)
{
	assert_true(text_is(language_without_version(text_of("_ssl.cpython-311-x86_64-linux-gnu")), "_ssl"));
	assert_true(text_is(language_without_version(text_of("libx")), "libx"));
	assert_int_equal(language_without_version(text_none()).size, 0);
}

TEST(python_tells_how_a_page_was_released)
{
	struct script_frame frames[] = {{&del_code, 1}, {&init_code, 2}};
	struct script_stack stack = STACK(LANGUAGE_PYTHON, frames);
	struct release_way way = python_language.release_way(&stack, WITHIN_DEALLOCATION, false);
	assert_string_equal(way.by, "__del__");
	assert_string_equal(way.trigger, "refcount");
	assert_string_equal(python_language.release_way(&stack, WITHIN_COLLECT, true).trigger, "gc.collect()");
	assert_string_equal(python_language.release_way(&stack, WITHIN_EVALUATION, false).by, "explicit");
	assert_true(python_language.finalizes(&stack));
	frames[0].code = &init_code;
	assert_false(python_language.finalizes(&stack));
	assert_string_equal(python_language.release_way(&stack, 0, false).by, "explicit");
}

TEST(python_concludes_from_named_temporary_files)
{
	struct script_frame frames[] = {{&named_code, 1}, {&init_code, 2}};
	struct script_stack stack = STACK(LANGUAGE_PYTHON, frames);
	struct process ended = {.ended_cleanly = true}, left = {.at_once = true};
	assert_int_equal(language_ownerless(&stack, &ended, VERDICT_LEAKED).kind, CAUSE_NO_FINALIZER);
	assert_int_equal(language_ownerless(&stack, &left, VERDICT_LEAKED).kind, CAUSE_KILLED);
	assert_int_equal(language_ownerless(&stack, &ended, VERDICT_LATE).kind, CAUSE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_a_number_and_a_name_of_its_own),
		cmocka_unit_test(a_stack_has_the_row_of_its_language),
		cmocka_unit_test(an_unknown_language_has_names_and_no_rules),
		cmocka_unit_test(a_missing_stack_has_no_rules_either),
		cmocka_unit_test(a_merged_stack_of_an_unknown_language_has_all_frames),
		cmocka_unit_test(python_tells_library_from_user),
		cmocka_unit_test(python_tells_standard_from_installed),
		cmocka_unit_test(short_names_stand_behind_the_last_dot),
		cmocka_unit_test(python_knows_the_random_part_of_tempfile),
		cmocka_unit_test(the_owner_is_no_object_of_the_library),
		cmocka_unit_test(the_interpreters_frames_are_its_own),
		cmocka_unit_test(versions_of_an_interpreter_leave_the_names_of_extensions),
		cmocka_unit_test(python_tells_how_a_page_was_released),
		cmocka_unit_test(python_concludes_from_named_temporary_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
