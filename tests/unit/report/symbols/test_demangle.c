/*
 * test_demangle.c - names of C++ and Rust as they stand in the source.
 */
#include "base/arena.h"
#include "base/text.h"
#include "symbols/demangle.h"
#include "unit_test.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demangled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
