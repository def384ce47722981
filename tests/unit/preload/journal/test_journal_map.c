/*
 * test_journal_map.c - which files are mapped as a journal, and what is given back.
 */
#include "empty_journal.h"
#include "journal/journal_map.h"
#include "unit_test.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CAPACITY = 16 << 20 };

static void expect_refused(const struct journal_header *header, size_t size)
{
	char *path = empty_journal(header, size);
	assert_int_equal(journal_open(path), -EINVAL);
	assert_null(journal.base);
	assert_false(journal_is_open());
	unlink(path);
	free(path);
}

TEST(files_that_are_no_journals)
{
	struct journal_header header = empty_header(CAPACITY);
	expect_refused(&header, 4095);         /* shorter than a header */
	expect_refused(&header, CAPACITY - 1); /* shorter than it says */
	header.magic[0] = 'X';
	expect_refused(&header, CAPACITY);
	header = empty_header(CAPACITY);
	header.version++;
	expect_refused(&header, CAPACITY);
	header = empty_header(CAPACITY);
	header.header_size *= 2;
	expect_refused(&header, CAPACITY);
	header = empty_header(CAPACITY);
	header.incompatible = UINT64_C(1) << 63;
	expect_refused(&header, CAPACITY);
	assert_int_equal(journal_open("/nonexistent/journal"), -ENOENT);
	assert_int_equal(journal_open("/dev/null"), -EINVAL);
}

TEST(nothing_is_counted_without_a_journal)
{
	journal_count(COUNTER_JOURNAL_FULL, 1);
	assert_false(journal_shrink(1 << 20));
}

/* The journal stays mapped for the tests after this one. */
TEST(journal_is_mapped)
{
	struct journal_header header = empty_header(CAPACITY);
	header.compatible = UINT64_C(1) << 63; /* an unknown flag of this kind says nothing */
	char *path = empty_journal(&header, CAPACITY);
	assert_int_equal(journal_open(path), 0);
	assert_true(journal_is_open());
	assert_int_equal(journal.size, CAPACITY);
	assert_false(journal.small);
	assert_int_equal(journal.owner, getuid());
	assert_int_equal(journal.started_ns, 1000000000);
	assert_int_equal(journal_header()->counters[COUNTER_JOURNAL_FULL], 0);
	journal_count(COUNTER_DISK_FULL, 2);
	journal_count(COUNTER_DISK_FULL, 3);
	assert_int_equal(journal_header()->counters[COUNTER_DISK_FULL], 5);
	unlink(path);
}

TEST(clocks_agree)
{
	uint64_t coarse = journal_now_coarse(), now = journal_now();
	assert_true(coarse <= now && now - coarse < 1000000000);
}

TEST(sealed_journal_is_not_open)
{
	journal_seal(true);
	assert_false(journal_is_open());
	journal_count(COUNTER_DISK_FULL, 1);
	journal_seal(false);
	assert_true(journal_is_open());
	assert_int_equal(journal_header()->counters[COUNTER_DISK_FULL], 5);
}

TEST(rest_is_given_back)
{
	assert_true(journal_shrink(0));
	assert_int_equal(journal.size, JOURNAL_HEADER_SIZE + (2 << 20));
	assert_int_equal(journal_header()->next_free, JOURNAL_HEADER_SIZE); /* the part that is kept is still there */
	assert_false(journal_shrink(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_are_no_journals), cmocka_unit_test(nothing_is_counted_without_a_journal),
		cmocka_unit_test(journal_is_mapped),          cmocka_unit_test(clocks_agree),
		cmocka_unit_test(sealed_journal_is_not_open), cmocka_unit_test(rest_is_given_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
