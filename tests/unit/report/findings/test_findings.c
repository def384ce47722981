/*
 * test_findings.c - pages as findings: totals, patterns, tests, and journals that were damaged.
 */
#include "base/arena.h"
#include "coverage/coverage.h"
#include "coverage/unattributed.h"
#include "findings/findings.h"
#include "format.h"
#include "journal/read.h"
#include "judge/verdict.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "symbols/symbol.h"
#include "with_outcome.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(totals_count_entries_and_bytes)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(b, .path = "/tmp/b", .inode = 2, .birth_ns = 6);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	group(FILES({"/tmp/b", 2, 6, 4096, NULL}));
	assert_int_equal(out.report.totals[VERDICT_RELEASED].entries, 1);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].entries, 1);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].bytes, 4096);
}

TEST(late_page_is_a_finding_with_its_removal)
{
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_BEGUN);
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_exit(b, 1, 0, EXIT_GONE);
	group(NULL);
	assert_int_equal(out.report.finding_count, 1);
	assert_non_null(out.report.findings[0].release);
}

TEST(tests_with_findings_are_listed)
{
	build_scope(b, 1, "t.py::a (call)");
	build_event(b, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .scope = "t.py::a (call)");
	build_scope(b, 1, "");
	build_event(b, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	group(NULL);
	assert_int_equal(out.report.test_count, 1);
	assert_true(text_is(out.report.tests[0], "t.py::a"));
}

/* Its parent has inherited the page. */
TEST(finding_names_the_process_that_made_it)
{
	uint32_t mktemp = build_process(b, PROCESS_FORKED, 101, 100, 1, "/bin/mktemp", NULL);
	build_event(b, .process = mktemp, .path = "/tmp/left", .inode = 2, .birth_ns = 5);
	build_exit(b, mktemp, 0, EXIT_AT_ONCE);
	group(FILES({"/tmp/left", 2, 5, 0, NULL}));
	assert_int_equal(out.report.findings[0].owner->pid, 101);
}

TEST(files_of_one_site_are_one_finding)
{
	for (uint64_t i = 1; i <= 10; i++) {
		char path[32];
		sprintf(path, "/work/cache/%d.dat", (int)i);
		build_event(b, .path = path, .inode = i, .birth_ns = 5);
		if (i <= 8)
			build_event(b, .kind = EVENT_RELEASED, .path = path, .inode = i, .birth_ns = 5);
	}
	build_event(b, .path = "/work/result", .inode = 20, .birth_ns = 5);
	group(FILES({"/work/cache/9.dat", 9, 5, 10, NULL}, {"/work/cache/10.dat", 10, 5, 20, NULL},
		    {"/work/result", 20, 5, 0, NULL}));
	const struct finding *finding = &out.report.findings[0];
	assert_string_equal(text_shown(out.arena, finding->template), "cache/*.dat");
	assert_int_equal(finding->entries, 2);
	assert_int_equal(finding->bytes, 30);
	assert_int_equal(finding->site_created, 11);
	assert_int_equal(finding->site_released, 8);
	assert_int_equal(strlen(finding->id), 32);
}

/* The audit begins at 1000 s; records are 1 ms apart. */
#define BORN(ms) (UINT64_C(1000000000000) + (ms)*UINT64_C(1000000))

TEST(files_of_nobody_are_one_finding_by_pattern)
{
	build_exec(b, 1, 300, 100, "/nonexistent/prog", EXEC_SPAWNED);
	build_exit(b, 1, 0, EXIT_GONE);
	b->now += 1000000000;
	build_end(b, 0);
	group(FILES({"/tmp", 90, 1, 0, NULL, S_IFDIR | 0755}, {"/tmp/late", 2, BORN(9000), 0, NULL},
		    {"/tmp/x1", 4, BORN(50), 10, NULL}, {"/tmp/x2", 5, BORN(51), 0, NULL, S_IFDIR | 0755},
		    {"/tmp/x2/in", 6, BORN(52), 20, NULL}));
	assert_int_equal(out.report.finding_count, 1);
	const struct finding *found = &out.report.findings[0];
	assert_int_equal(found->judged, JUDGED_UNATTRIBUTED);
	assert_int_equal(found->verdict, VERDICT_LEAKED);
	assert_null(found->owner);
	assert_int_equal(found->entries, 3);
	assert_int_equal(found->bytes, 30);
	assert_string_equal(text_shown(out.arena, found->template), "/tmp/x*");
	assert_int_equal(found->stranger->doubt_count, 1);
	assert_int_equal(found->stranger->doubts[0]->process->pid, 300);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].entries, 3);
}

/* ---- journals that were damaged ---- */

#define MUTATIONS 1500

/* Reads, judges and groups, as the report does. */
static void run_through(char *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct journal journal;
	if (!journal_read(arena, bytes, size, "mutated", &journal)) {
		struct fake_disk disk =
			fake_disk(FILES({"/tmp", 90, 1, 0, NULL, S_IFDIR | 0755}, {"/tmp/x", 91, BORN(1), 0, NULL}));
		struct rules rules = {.cwd = "/work"};
		struct pages pages;
		struct report report;
		struct coverage coverage = {.complete = true};
		struct unattributed_search survey = {.now_ns = UINT64_MAX};
		struct group_options options = {.show_kept = true, .coverage = &coverage};
		struct symbols *symbols = symbols_open(arena, &journal);
		verdict_judge(&journal, symbols, &rules, &disk.disk, &pages);
		coverage_fill(&journal, NULL, &coverage);
		unattributed_find(&journal, &rules, &disk.disk, &survey, &coverage, &pages);
		group_findings(&journal, symbols, &pages, &options, &report);
		symbols_close(symbols);
	}
	arena_free(arena);
}

TEST(mutated_journals_do_no_harm)
{
	struct builder *sample = build_sample();
	char *copy = malloc(sample->size);
	int saved = dup(STDERR_FILENO);
	assert_non_null(freopen("/dev/null", "w", stderr));
	srandom(4711);
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(copy, sample->bytes, sample->size);
		for (long k = random() % 12; k >= 0; k--) {
			size_t at = (size_t)random() % 3 ? JOURNAL_HEADER_SIZE + (size_t)random() % 3000
							 : 32 + (size_t)random() % 64;
			copy[at] = (char)(random() % 2 ? random() : copy[at] ^ 1 << random() % 8);
		}
		run_through(copy, random() % 4 ? sample->size : (size_t)random() % sample->size);
	}
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	free(copy);
	build_free(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(totals_count_entries_and_bytes),          CASE(late_page_is_a_finding_with_its_removal),
		CASE(tests_with_findings_are_listed),          CASE(finding_names_the_process_that_made_it),
		CASE(files_of_one_site_are_one_finding),       CASE(files_of_nobody_are_one_finding_by_pattern),
		cmocka_unit_test(mutated_journals_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
