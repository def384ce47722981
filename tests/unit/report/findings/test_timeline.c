/*
 * test_timeline.c - how many pages there were over time.
 */
#include "base/arena.h"
#include "findings/timeline.h"
#include "format.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "outcome.h"
#include "unit_test.h"
#include <stdio.h>

/* Makes `count` pages and removes the first `released` of them, oldest first. */
static struct outcome made_and_removed(struct builder *builder, uint64_t count, uint64_t released,
				       const struct fake_file *files)
{
	char path[64];
	for (uint64_t i = 1; i <= count; i++) {
		snprintf(path, sizeof path, "/tmp/page-%llu", (unsigned long long)i);
		build_event(builder, .kind = EVENT_MADE, .inode = i, .birth_ns = i + 4, .path = path);
	}
	for (uint64_t i = 1; i <= released; i++) {
		snprintf(path, sizeof path, "/tmp/page-%llu", (unsigned long long)i);
		build_event(builder, .kind = EVENT_RELEASED, .inode = i, .birth_ns = i + 4, .path = path);
	}
	build_end(builder, 0);
	return outcome_grouped(builder, files, NULL);
}

static void expect_sums(const struct timeline *timeline, uint64_t made, uint64_t released)
{
	uint64_t sums[2] = {0, 0}, live = 0;
	for (size_t i = 0; i < timeline->count; i++) {
		const struct timeline_bucket *at = &timeline->at[i];
		assert_true(!i || at->number > timeline->at[i - 1].number);
		assert_true(at->number < TIMELINE_BUCKETS && at->most <= timeline->most && at->live <= at->most &&
			    at->left <= at->live);
		sums[0] += at->made;
		sums[1] += at->released;
		live = live + at->made - at->released;
		assert_int_equal(at->live, live);
	}
	assert_int_equal(sums[0], made);
	assert_int_equal(sums[1], released);
	assert_int_equal(timeline->made, made);
	assert_int_equal(timeline->released, released);
}

TEST(pages_made_and_removed)
{
	struct builder *builder = build_new("/work");
	static const struct fake_file none[] = {{0}};
	const uint64_t released = 10;
	struct outcome outcome = made_and_removed(builder, released, released, none);
	assert_int_equal(outcome.report.totals[VERDICT_RELEASED].entries, released);
	timeline_fill(outcome.arena, &outcome.pages, &outcome.report);
	const struct timeline *timeline = outcome.report.timeline;
	expect_sums(timeline, released, released);
	assert_int_equal(timeline->most, released);
	assert_int_equal(timeline->processes[0].made, released);
	assert_int_equal(timeline->processes[0].released, released);
	assert_int_equal(timeline->processes[0].left, 0);
	assert_true(timeline->from_ns <= timeline->most_ns && timeline->most_ns <= timeline->to_ns);
	outcome_free(&outcome);
	build_free(builder);
}

/* Makes pages with these times of creation and removal, which need not be possible. */
static void fill(struct arena *arena, const uint64_t (*times)[2], size_t count, struct report *report)
{
	static struct process process = {.pid = 1}, *processes[] = {&process};
	struct page **at = arena_take(arena, count * sizeof *at);
	struct pages pages = {at, count, 0};
	report->processes = processes;
	report->process_count = 1;
	for (size_t i = 0; i < count; i++) {
		struct event *made = arena_take(arena, sizeof *made), *release = arena_take(arena, sizeof *release);
		*made = (struct event){.time_ns = times[i][0], .offset = i * 16, .process = &process};
		*release = (struct event){.time_ns = times[i][1], .offset = i * 16 + 8, .process = &process};
		at[i] = arena_take(arena, sizeof **at);
		*at[i] = (struct page){.verdict = VERDICT_RELEASED, .made = made, .release = release};
	}
	timeline_fill(arena, &pages, report);
}

TEST(buckets_are_bounded_and_the_high_water_mark_is_exact)
{
	struct arena *arena = arena_new();
	struct report report = {.started_ns = 1000, .ended_ns = 900000000};
	static uint64_t times[9000][2];
	for (size_t i = 0; i < 9000; i++) /* each lives until a hundred more were made */
		times[i][0] = 1000 + i * 99991, times[i][1] = 1000 + i * 99991 + 100 * 99991 - 1;
	fill(arena, (const uint64_t(*)[2])times, 9000, &report);
	assert_true(report.timeline->count <= TIMELINE_BUCKETS && report.timeline->count > TIMELINE_BUCKETS / 2);
	assert_int_equal(report.timeline->most, 100);
	assert_int_equal(report.timeline->most_ns, 1000 + 99 * 99991);
	expect_sums(report.timeline, 9000, 9000);
	arena_free(arena);
}

TEST(impossible_times)
{
	struct arena *arena = arena_new();
	struct report report = {.started_ns = 500, .ended_ns = 100};
	static const uint64_t times[][2] = {
		{UINT64_MAX, 1}, {0, 0}, {700, 600}, {3, UINT64_MAX}, {1ull << 63, 1ull << 62}};
	fill(arena, times, 5, &report);
	expect_sums(report.timeline, 5, 5);
	assert_true(report.timeline->most <= 5);
	arena_free(arena);
}

TEST(no_pages)
{
	struct arena *arena = arena_new();
	struct report report = {0};
	fill(arena, NULL, 0, &report);
	assert_int_equal(report.timeline->count, 0);
	assert_int_equal(report.timeline->most, 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_made_and_removed),
		cmocka_unit_test(buckets_are_bounded_and_the_high_water_mark_is_exact),
		cmocka_unit_test(impossible_times),
		cmocka_unit_test(no_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
