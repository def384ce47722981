/*
 * test_unattributed.c - files that no audited process made, born while a part of the tree was not seen.
 */
#include "coverage/coverage.h"
#include "coverage/unattributed.h"
#include "format.h"
#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "with_outcome.h"
#include <sys/stat.h>

/* The audit begins at 1000 s; records are 1 ms apart. */
#define BORN(ms) (UINT64_C(1000000000000) + (ms)*UINT64_C(1000000))
#define DIR_ROW(name, inode, birth)                                                                                    \
	{                                                                                                              \
		name, inode, birth, 0, NULL, S_IFDIR | 0755, 0, NULL                                                   \
	}

TEST(files_of_nobody_while_a_program_was_not_audited)
{
	build_event(b, .path = "/tmp/known", .inode = 1, .birth_ns = BORN(3));
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 1000000000;
	build_end(b, 0);
	cover(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/known", 1, BORN(3), 0, NULL}, {"/tmp/late", 2, BORN(9000), 0, NULL},
		    {"/tmp/old", 3, BORN(0) - 1, 0, NULL}, {"/tmp/x1", 4, BORN(50), 10, NULL},
		    DIR_ROW("/tmp/x2", 5, BORN(51)), {"/tmp/x2/in", 6, BORN(52), 20, NULL},
		    {"/tmp/other", 7, BORN(52), 20, NULL, 0, 1000, NULL},
		    {"/tmp/journal", 8, BORN(53), 0, NULL, 0, 0, JOURNAL_MAGIC}, {"/tmp/nobirth", 9, 0, 0, NULL}));
	static const uint64_t strangers[] = {4, 5, 6};
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		expect_page(strangers[i], VERDICT_LEAKED, NULL);
		const struct page *page = outcome_page(&out, strangers[i]);
		assert_int_equal(page->judged, JUDGED_UNATTRIBUTED);
		assert_null(page->owner);
		assert_int_equal(page->stranger->doubt_count, 1);
		assert_int_equal(page->stranger->doubts[0]->process->pid, 300);
	}
	assert_null(outcome_page(&out, 2));
	assert_null(outcome_page(&out, 3));
	assert_null(outcome_page(&out, 7));
	assert_null(outcome_page(&out, 8));
	assert_null(outcome_page(&out, 9));
	bool said = false;
	for (size_t i = 0; i < out.coverage.limit_count; i++)
		said |= strstr(out.coverage.limits[i], "without a birth time") != NULL;
	assert_true(said);
}

TEST(none_in_a_complete_audit)
{
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 1000000000;
	build_end(b, 0);
	cover(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/x1", 4, BORN(50), 10, NULL}));
	assert_true(out.coverage.complete);
	assert_int_equal(out.pages.count, 0);
}

TEST(none_born_before_the_gap)
{
	b->now += 500000000;
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	b->now += 500000000;
	build_end(b, 0);
	cover(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/x1", 4, BORN(400), 10, NULL}, {"/tmp/x2", 5, BORN(600), 10, NULL}));
	assert_null(outcome_page(&out, 4));
	assert_non_null(outcome_page(&out, 5));
}

TEST(patterns_of_pages_count)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	b->now += 500000000;
	build_end(b, 0);
	out = outcome_covered(b,
			      FILES(DIR_ROW("/tmp", 90, 1), DIR_ROW("/work/cache", 91, 1),
				    {"/tmp/x1", 4, BORN(50), 10, NULL}, {"/work/cache/a", 5, BORN(50), 10, NULL}),
			      PATTERNS("cache/*"));
	assert_null(outcome_page(&out, 4));
	assert_non_null(outcome_page(&out, 5));
}

TEST(audit_whose_end_is_not_on_record)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	b->now += 100000000;
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 500000000;
	cover(FILES(DIR_ROW("/tmp", 90, 1), {"/tmp/x1", 4, BORN(50), 10, NULL}, {"/tmp/x2", 5, BORN(400), 10, NULL}));
	assert_non_null(outcome_page(&out, 4));
	assert_null(outcome_page(&out, 5));
}

/* Lists entries for ever. */
static void list_forever(struct disk *disk, const char *directory, const struct identity *expected, uint64_t since_ns,
			 disk_visit *visit, void *context)
{
	struct disk_entry entry = {.exists = true, .identity = {7, 1, 1}, .mode = S_IFREG | 0600};
	(void)disk, (void)directory, (void)expected, (void)since_ns;
	while (visit(context, "a", &entry))
		;
}

TEST(search_is_bounded)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	cover(NULL);
	struct fake_disk disk = fake_disk(FILES(DIR_ROW("/tmp", 90, 1)));
	struct rules rules = {.cwd = "/work"};
	struct unattributed_search survey = {.now_ns = b->now};
	struct coverage *coverage = &out.coverage;
	size_t limits = coverage->limit_count;
	disk.disk.list = list_forever;
	unattributed_find(&out.journal, &rules, &disk.disk, &survey, coverage, &out.pages);
	assert_int_equal(coverage->limit_count, limits + 1);
	assert_non_null(strstr(coverage->limits[limits], "ended after"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(files_of_nobody_while_a_program_was_not_audited),
		CASE(none_in_a_complete_audit),
		CASE(none_born_before_the_gap),
		CASE(patterns_of_pages_count),
		CASE(audit_whose_end_is_not_on_record),
		CASE(search_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
