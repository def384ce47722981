/*
 * test_scratch.c - work areas: all apart, given back, and taken again from those who never will.
 */
#include "journal/scratch.h"
#include "with_mapped_journal.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

enum { POOL = 32 };

static struct scratch *areas[POOL];

static int set_up(void **state)
{
	(void)state;
	return journal_set_up_of(JOURNAL_HEADER_SIZE + 65536);
}

static int give_all_back(void **state)
{
	(void)state;
	for (int i = 0; i < POOL; i++)
		if (areas[i])
			scratch_release(areas[i]);
	memset(areas, 0, sizeof areas);
	return 0;
}

/* Takes all areas from `depth` frames down. */
__attribute__((noinline)) static bool take_all_below(int depth)
{
	volatile char frame[256] = {0};
	bool taken = true;
	if (depth)
		return take_all_below(depth - 1) && !frame[7];
	for (int i = 0; i < POOL; i++)
		taken &= (areas[i] = scratch_take()) != NULL;
	return taken && !frame[7];
}

/* Takes one area from `depth` frames down. */
__attribute__((noinline)) static struct scratch *take_below(int depth)
{
	volatile char frame[256] = {0};
	struct scratch *taken = depth ? take_below(depth - 1) : scratch_take();
	return frame[7] ? NULL : taken;
}

TEST(areas_are_apart)
{
	assert_true(take_all_below(0));
	for (int i = 0; i < POOL; i++)
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(areas[i], areas[k]);
}

TEST(area_that_was_given_back_is_taken_again)
{
	struct scratch *first = scratch_take();
	assert_non_null(first);
	assert_true(first->holder);
	scratch_release(first);
	assert_int_equal(first->holder, 0);
	assert_ptr_equal(scratch_take(), first); /* it is in the cache */
	scratch_release(first);
}

TEST(none_is_left_to_a_signal_handler)
{
	assert_true(take_all_below(0));
	errno = 77;
	assert_null(take_below(4)); /* above all of them on the stack: they are in use */
	assert_int_equal(errno, 77);
	scratch_release(areas[17]);
	assert_ptr_equal(take_below(4), areas[17]);
}

TEST(areas_left_by_longjmp_are_taken_again)
{
	assert_true(take_all_below(8));
	assert_non_null(take_below(0));
}

static void *take_all(void *unused)
{
	(void)unused;
	return take_all_below(0) ? NULL : "none left";
}

TEST(areas_of_a_thread_that_ended_are_taken_again)
{
	pthread_t thread;
	void *problem;
	assert_int_equal(pthread_create(&thread, NULL, take_all, NULL), 0);
	assert_int_equal(pthread_join(thread, &problem), 0);
	assert_null(problem);
	struct scratch *taken[POOL];
	for (int i = 0; i < POOL; i++)
		assert_non_null(
			taken[i] = take_below(POOL - i)); /* each from higher up on the stack than the one before */
}

static pthread_barrier_t taken, tried;

static void *take_all_and_wait(void *unused)
{
	(void)unused;
	bool all = take_all_below(0);
	pthread_barrier_wait(&taken);
	pthread_barrier_wait(&tried);
	return all ? NULL : "none left";
}

TEST(areas_of_a_thread_that_runs_are_not)
{
	pthread_t thread;
	void *problem;
	pthread_barrier_init(&taken, NULL, 2);
	pthread_barrier_init(&tried, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, take_all_and_wait, NULL), 0);
	pthread_barrier_wait(&taken);
	struct scratch *got = scratch_take();
	pthread_barrier_wait(&tried);
	assert_int_equal(pthread_join(thread, &problem), 0);
	assert_null(problem);
	assert_null(got);
}

/* A vfork child shares memory with a parent that waits: its areas are in use, though the child has another pid. */
TEST(child_without_a_number_takes_none_from_its_parent)
{
	int status;
	assert_true(take_all_below(8));
	pid_t child = fork();
	if (!child)
		_exit(take_below(0) ? 1 : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

TEST(forked_child_takes_those_of_its_parent_s_threads)
{
	int status;
	pthread_t thread;
	void *problem;
	pthread_barrier_init(&taken, NULL, 2);
	pthread_barrier_init(&tried, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, take_all_and_wait, NULL), 0);
	pthread_barrier_wait(&taken);
	pid_t child = fork();
	if (!child) {
		journal_process_take(getpid());
		_exit(scratch_take() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	pthread_barrier_wait(&tried);
	assert_int_equal(pthread_join(thread, &problem), 0);
	assert_null(problem);
	assert_int_equal(status, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_teardown(name, give_all_back)
	const struct CMUnitTest tests[] = {
		CASE(areas_are_apart),
		CASE(area_that_was_given_back_is_taken_again),
		CASE(none_is_left_to_a_signal_handler),
		CASE(areas_left_by_longjmp_are_taken_again),
		CASE(areas_of_a_thread_that_ended_are_taken_again),
		CASE(areas_of_a_thread_that_runs_are_not),
		CASE(child_without_a_number_takes_none_from_its_parent),
		CASE(forked_child_takes_those_of_its_parent_s_threads),
	};
	return cmocka_run_group_tests(tests, set_up, journal_tear_down);
}
