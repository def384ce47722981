/*
 * test_arena.c - memory of an arena: aligned, zeroed, at its place for ever, and lists that grow in it.
 */
#include "base/arena.h"
#include "unit_test.h"
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Sizes small and large, more than one block of them. */
TEST(pieces_are_zeroed_aligned_and_apart)
{
	enum { PIECES = 3000 };
	static char *pieces[PIECES];
	static size_t sizes[PIECES];
	struct arena *arena = arena_new();
	for (size_t i = 0; i < PIECES; i++) {
		sizes[i] = i % 100 == 99 ? 300000 : 1 + i * 7 % 1000;
		pieces[i] = arena_take(arena, sizes[i]);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		assert_true(is_zero(pieces[i], sizes[i]));
		memset(pieces[i], (int)(i % 251), sizes[i]);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < sizes[i]; k += 97)
			assert_int_equal((unsigned char)pieces[i][k], i % 251);
	arena_free(arena);
	arena_free(NULL);
}

TEST(size_is_that_of_the_blocks)
{
	struct arena *arena = arena_new();
	assert_int_equal(arena_size(arena), 0);
	arena_take(arena, 1);
	size_t block = arena_size(arena);
	arena_take(arena, 1000);
	assert_int_equal(arena_size(arena), block);
	arena_take(arena, 10 * block); /* one that is its own block */
	assert_int_equal(arena_size(arena), 11 * block);
	arena_take(arena, 1000); /* the first block goes on */
	assert_int_equal(arena_size(arena), 11 * block);
	arena_free(arena);
}

TEST(copies_end_in_nul)
{
	struct arena *arena = arena_new();
	const char *copy = arena_copy(arena, "ab\0cd", 4);
	assert_memory_equal(copy, "ab\0c", 5);
	assert_string_equal(arena_copy(arena, NULL, 0), "");
	assert_string_equal(arena_format(arena, "%s-%03d", "x", 7), "x-007");
	assert_string_equal(arena_format(arena, "%s", ""), "");
	assert_int_equal(strlen(arena_format(arena, "%5000d", 1)), 5000);
	arena_free(arena);
}

TEST(lists_double)
{
	struct arena *arena = arena_new();
	size_t room = 0, moves = 0;
	int *list = NULL;
	for (size_t count = 0; count < 1000; count++) {
		int *grown = arena_grow(arena, list, count, &room, sizeof *list, 4);
		moves += grown != list;
		list = grown;
		assert_true(room > count);
		list[count] = (int)count;
	}
	assert_int_equal(room, 1024);
	assert_int_equal(moves, 9); /* 4, 8, ... 1024 */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	arena_free(arena);
}

TEST(no_memory_ends_the_program)
{
	static struct arena *arena; /* no leak to LeakSanitizer */
	int status;
	pid_t child = fork();
	if (!child) {
		close(STDERR_FILENO);
		arena = arena_new();
		arena_take(arena, SIZE_MAX - 4);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 125);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(size_is_that_of_the_blocks),
		cmocka_unit_test(copies_end_in_nul),
		cmocka_unit_test(lists_double),
		cmocka_unit_test(no_memory_ends_the_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
