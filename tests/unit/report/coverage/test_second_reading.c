/*
 * test_second_reading.c - a journal read twice while programs go on: which findings the second reading drops.
 */
#include "coverage/second_reading.h"
#include "format.h"
#include "journal/read.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"
#include <sys/stat.h>

static void read_first(const struct fake_file *files)
{
	static char bytes[1 << 20];
	build_finish(b);
	assert_true(b->size <= sizeof bytes);
	memcpy(bytes, b->bytes, b->size);
	struct builder first = *b;
	first.bytes = bytes; /* those of the builder move when it grows */
	out = outcome_judged(&first, files, NULL);
}

static void read_again(void)
{
	struct journal later;
	build_finish(b);
	assert_int_equal(journal_read(out.arena, b->bytes, b->size, "x.data", &later), 0);
	second_reading_settle(&out.journal, &later, &out.pages);
}

static bool is_listed(uint64_t inode)
{
	return outcome_page(&out, inode) != NULL;
}

TEST(removed_or_renamed_since)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .path = "/tmp/gone", .inode = 3, .birth_ns = 5);
	build_event(b, .path = "/tmp/there", .inode = 4, .birth_ns = 5);
	read_first(FILES({"/tmp/there", 4, 5, 0, NULL}));
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/c", .path2 = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/there", .inode = 4, .birth_ns = 5);
	read_again();
	assert_false(is_listed(1));
	assert_false(is_listed(2));
	assert_int_equal(outcome_page(&out, 3)->verdict, VERDICT_VANISHED);
	assert_int_equal(outcome_page(&out, 4)->verdict, VERDICT_LEAKED); /* its file was seen: the removal is later */
}

TEST(older_records_settle_nothing)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/c", .inode = 2, .birth_ns = 5);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/b", .path2 = "/tmp/c", .inode = 2, .birth_ns = 5,
		    .flags = EVENT_REPLACED, .replaced = 1, .replaced_birth_ns = 5);
	read_first(NULL);
	build_event(b, .path = "/tmp/d", .inode = 3, .birth_ns = 5);
	read_again();
	assert_int_equal(outcome_page(&out, 2)->verdict, VERDICT_VANISHED);
}

TEST(replaced_since)
{
	build_event(b, .path = "/tmp/data", .inode = 1, .birth_ns = 5);
	read_first(FILES({"/tmp/data", 2, 6, 0, NULL}));
	build_event(b, .path = "/tmp/new", .inode = 2, .birth_ns = 6);
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/data", .path2 = "/tmp/new", .inode = 2, .birth_ns = 6,
		    .flags = EVENT_REPLACED, .replaced = 1, .replaced_birth_ns = 5);
	read_again();
	assert_false(is_listed(1));
}

TEST(in_a_directory_that_was_renamed_since)
{
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/sub", .inode = 2, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(b, .path = "/tmp/d/sub/a", .inode = 3, .birth_ns = 5);
	build_event(b, .path = "/tmp/d2", .inode = 4, .birth_ns = 5);
	read_first(FILES({"/tmp/e", 1, 5, 0, .mode = S_IFDIR | 0755}, {"/tmp/e/sub", 2, 5, 0, .mode = S_IFDIR | 0755},
			 {"/tmp/e/sub/a", 3, 5, 0}));
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755);
	read_again();
	assert_false(is_listed(1));
	assert_false(is_listed(2));
	assert_false(is_listed(3));
	assert_int_equal(outcome_page(&out, 4)->verdict, VERDICT_VANISHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(removed_or_renamed_since),
		CASE(older_records_settle_nothing),
		CASE(replaced_since),
		CASE(in_a_directory_that_was_renamed_since),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
