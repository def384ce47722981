/*
 * test_journal.c - chunks and the records in them: how they fill up, what is counted, what a reader sees of a writer
 * that died.
 */
#include "with_mapped_journal.h"
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

enum { SMALL = 4096, LARGE = 65536, CAPACITY = JOURNAL_HEADER_SIZE + SMALL + 16 * LARGE };

static const struct journal_chunk *chunk_at(uint64_t offset)
{
	const struct journal_chunk *chunk = (const void *)(journal.base + offset);
	assert_int_equal(chunk->magic, CHUNK_MAGIC);
	return chunk;
}

static const struct journal_chunk *chunk_of(const void *record)
{
	for (uint64_t at = JOURNAL_HEADER_SIZE;; at += chunk_at(at)->size)
		if ((const unsigned char *)record < journal.base + at + chunk_at(at)->size)
			return chunk_at(at);
}

static void *append(size_t size)
{
	void *record = journal_begin(RECORD_STRING, size, 0);
	if (record)
		journal_commit(record, RECORD_STRING, 0);
	return record;
}

/* The first test: the first chunk of a process is small. */
TEST(record_is_begun_and_committed)
{
	struct journal_record *record = journal_begin(RECORD_NOTE, sizeof *record + 3, 0);
	assert_non_null(record);
	assert_int_equal(record->size, sizeof *record + 8);
	assert_int_equal(record->type, 0);
	assert_int_equal(record->flags, RECORD_NOTE); /* rule R6 */
	assert_int_equal(record->process, 1);
	assert_int_equal(record->tid, getpid());
	journal_commit(record, RECORD_NOTE, 5);
	assert_int_equal(record->size, sizeof *record + 8);
	assert_int_equal(record->type, RECORD_NOTE);
	assert_int_equal(record->flags, 5);
	const struct journal_chunk *chunk = chunk_at(JOURNAL_HEADER_SIZE);
	assert_int_equal(chunk->size, SMALL);
	assert_int_equal(chunk->process, 1);
	assert_int_equal(chunk->used, sizeof *chunk + record->size);
	assert_int_equal(journal_reference(record), (JOURNAL_HEADER_SIZE + sizeof *chunk) / 8);
	assert_int_equal(journal_reference(NULL), 0);
	assert_int_equal(journal_header()->next_free, JOURNAL_HEADER_SIZE + SMALL);
}

TEST(record_that_is_never_committed_is_torn)
{
	const struct journal_record *torn = journal_begin(RECORD_EVENT, 64, 0);
	assert_ptr_equal((const char *)append(64), (const char *)torn + 64);
	assert_int_equal(torn->size, 64);
	assert_int_equal(torn->type, 0);
	assert_int_equal(torn->flags, RECORD_EVENT);
}

TEST(records_of_another_process_say_so)
{
	const struct journal_record *record = journal_begin(RECORD_KILLED, 64, 7);
	assert_int_equal(record->process, 7);
	journal_commit((void *)(uintptr_t)record, RECORD_KILLED, 0);
}

TEST(full_chunk_is_followed_by_a_larger_one)
{
	const void *record;
	while (chunk_of(record = append(512)) == chunk_at(JOURNAL_HEADER_SIZE))
		;
	const struct journal_chunk *next = chunk_at(JOURNAL_HEADER_SIZE + SMALL);
	assert_ptr_equal(chunk_of(record), next);
	assert_ptr_equal(record, next + 1);
	assert_int_equal(next->size, LARGE);
	assert_true(chunk_at(JOURNAL_HEADER_SIZE)->used > SMALL); /* the record that did not fit took its space */
	assert_int_equal(counted(COUNTER_JOURNAL_FULL), 0);
}

TEST(record_that_no_chunk_can_hold_is_cut)
{
	assert_null(journal_begin(RECORD_STRING, CHUNK_MAX, 0));
	assert_int_equal(counted(COUNTER_RECORD_CUT), 1);
}

TEST(calls_under_way_are_counted_in_a_chunk)
{
	const struct journal_chunk *chunk = chunk_at(JOURNAL_HEADER_SIZE + SMALL);
	struct journal_underway making = {0}, removing = {0}, none = {0};
	journal_underway(&making, false);
	journal_underway(&removing, true);
	assert_int_equal(chunk->making, 1);
	assert_int_equal(chunk->removing, 1);
	journal_underway_end(&making);
	journal_underway_end(&removing);
	journal_underway_end(&none);
	assert_int_equal(chunk->making, 0);
	assert_int_equal(chunk->removing, 0);
}

/* A child that fork made while a call was under way ends its own copy of it, which was never counted. */
TEST(call_under_way_is_not_ended_twice)
{
	const struct journal_chunk *chunk = chunk_at(JOURNAL_HEADER_SIZE + SMALL);
	struct journal_underway making = {0};
	journal_underway(&making, false);
	pid_t child = fork();
	if (!child) {
		journal_underway_end(&making);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(chunk->making, 1);
	journal_underway_end(&making);
	assert_int_equal(chunk->making, 0);
}

static uint32_t parent_at_fork;

static void begin_forked(uint32_t parent)
{
	parent_at_fork = parent;
	journal_process_take(getpid());
}

TEST(forked_child_gets_a_number_and_a_chunk_of_its_own)
{
	int status;
	const struct journal_chunk *own = chunk_of(append(64));
	pid_t child = fork();
	if (!child) {
		bool good = journal_process_known() == 0 && journal_process_nearest() == 1;
		uint32_t number = journal_process();
		const struct journal_record *record = append(64);
		good &= number == 2 && parent_at_fork == 1 && journal_pid() == getpid();
		good &= record && record->process == 2 && record->tid == (uint32_t)getpid();
		good &= chunk_of(record) != own && chunk_of(record)->process == 2 && chunk_of(record)->size == SMALL;
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(journal_process(), 1);
	assert_ptr_equal(chunk_of(append(64)), own);
}

static void *append_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++) {
		struct journal_record *record = journal_begin(RECORD_STRING, 64, 0);
		if (!record)
			return "full";
		memset(record + 1, (int)(record->tid % 251), 64 - sizeof *record);
		journal_commit(record, RECORD_STRING, 3);
	}
	return NULL;
}

/* Each record is whole and where no other is. */
TEST(threads_write_apart)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];
	size_t whole = 0;
	void *problem;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append_many, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &problem), 0);
		assert_null(problem);
	}
	for (uint64_t at = JOURNAL_HEADER_SIZE; at < journal_header()->next_free; at += chunk_at(at)->size) {
		const struct journal_chunk *chunk = chunk_at(at);
		for (uint64_t to = sizeof *chunk; to + sizeof(struct journal_record) <= chunk->size;) {
			const struct journal_record *record = (const void *)(journal.base + at + to);
			if (!record->size)
				break;
			const unsigned char *bytes = (const unsigned char *)(record + 1);
			if (record->flags == 3) {
				for (size_t k = 0; k < 64 - sizeof *record; k++)
					assert_int_equal(bytes[k], record->tid % 251);
				whole++;
			}
			to += record->size;
		}
	}
	assert_int_equal(whole, THREADS * 200);
}

TEST(nothing_is_written_to_a_sealed_journal)
{
	uint64_t before = journal_header()->next_free;
	journal_seal(true);
	assert_null(journal_begin(RECORD_STRING, 64, 0));
	assert_int_equal(journal_process(), 0);
	journal_seal(false);
	assert_non_null(append(64));
	assert_int_equal(journal_header()->next_free, before);
}

/* The last test: a full journal stays full. */
TEST(full_journal_counts_what_it_loses)
{
	const unsigned char *end = journal.base + CAPACITY;
	int records = 0;
	for (const unsigned char *record; (record = append(4096)); records++)
		assert_true(record + 4096 <= end);
	assert_true(records > 10);
	uint64_t lost = counted(COUNTER_JOURNAL_FULL), next_free = journal_header()->next_free;
	assert_true(lost >= 1);
	assert_null(append(4096));
	assert_int_equal(counted(COUNTER_JOURNAL_FULL), lost + 1);
	assert_int_equal(journal_header()->next_free, next_free); /* no space is taken any more */
	assert_int_equal(counted(COUNTER_DISK_FULL), 0);
}

static int set_up(void **state)
{
	(void)state;
	journal_on_fork(begin_forked);
	return journal_set_up_of(CAPACITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_begun_and_committed),
		cmocka_unit_test(record_that_is_never_committed_is_torn),
		cmocka_unit_test(records_of_another_process_say_so),
		cmocka_unit_test(full_chunk_is_followed_by_a_larger_one),
		cmocka_unit_test(record_that_no_chunk_can_hold_is_cut),
		cmocka_unit_test(calls_under_way_are_counted_in_a_chunk),
		cmocka_unit_test(call_under_way_is_not_ended_twice),
		cmocka_unit_test(forked_child_gets_a_number_and_a_chunk_of_its_own),
		cmocka_unit_test(threads_write_apart),
		cmocka_unit_test(nothing_is_written_to_a_sealed_journal),
		cmocka_unit_test(full_journal_counts_what_it_loses),
	};
	return cmocka_run_group_tests(tests, set_up, journal_tear_down);
}
