/*
 * test_html.c - pages by time, columns and texts by number, what may stand within a script, and which lines of source are taken.
 */
#include "base/arena.h"
#include "base/text.h"
#include "build_journal.h"
#include "findings/source_lines.h"
#include "findings/timeline.h"
#include "format.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include "render/html/html_data.h"
#include "render/html/html_table.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define TEST(name) static void name(void **state __attribute__((unused)))

/* Of `count` pages the first `released` are removed, in the order of their creation. */
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
	return outcome_of(builder, files, NULL);
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

TEST(pages_by_time)
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

/* Pages by hand: times that no journal of ours has. */
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
	for (size_t i = 0; i < 9000; i++) /* each lives for a hundred more to begin */
		times[i][0] = 1000 + i * 99991, times[i][1] = 1000 + i * 99991 + 100 * 99991 - 1;
	fill(arena, (const uint64_t(*)[2])times, 9000, &report);
	assert_true(report.timeline->count <= TIMELINE_BUCKETS && report.timeline->count > TIMELINE_BUCKETS / 2);
	assert_int_equal(report.timeline->most, 100);
	assert_int_equal(report.timeline->most_ns, 1000 + 99 * 99991);
	expect_sums(report.timeline, 9000, 9000);
	arena_free(arena);
}

TEST(times_that_cannot_be)
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

TEST(nothing_at_all)
{
	struct arena *arena = arena_new();
	struct report report = {0};
	fill(arena, NULL, 0, &report);
	assert_int_equal(report.timeline->count, 0);
	assert_int_equal(report.timeline->most, 0);
	arena_free(arena);
}

/* ---- as JSON ---- */

static char *script_of(const char *text)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size), *script = html_script_open(out);
	fputs(text, script);
	fclose(script);
	fclose(out);
	return bytes;
}

TEST(no_text_ends_a_script)
{
	static const char *const rows[][2] = {
		{"\"</script>\"", "\"\\u003c/script>\""}, {"<<", "\\u003c\\u003c"}, {"", ""}, {"a<", "a\\u003c"},
		{"\"<!--\"", "\"\\u003c!--\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *made = script_of(rows[i][0]);
		assert_string_equal(made, rows[i][1]);
		free(made);
	}
	/* Across the stream's own blocks as well. */
	char *long_one = malloc(100001);
	memset(long_one, '<', 100000);
	long_one[100000] = 0;
	char *made = script_of(long_one);
	assert_int_equal(strlen(made), 600000);
	assert_null(strchr(made, '<'));
	free(made);
	free(long_one);
}

TEST(columns_of_one_value_are_that_value)
{
	static const int64_t same[] = {7, 7, 7}, other[] = {7, -1, INT64_MIN};
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	html_table_column(out, "a", same, 3);
	html_table_column(out, "b", other, 3);
	html_table_column(out, "c", same, 0);
	fclose(out);
	assert_string_equal(bytes, ",\n\"a\":7,\n\"b\":[7,-1,-9223372036854775808],\n\"c\":-1");
	free(bytes);
}

#define FRAME(name, path, number)                                                                                      \
	{                                                                                                              \
		.code = &(struct script_code){.function = name, .file = path}, .line = number                          \
	}

TEST(stacks_share_their_callers)
{
	struct arena *arena = arena_new();
	struct report report = {0};
	struct html_table *table = html_table_new(arena, &report);
	struct script_frame frames[] = {FRAME(text_of("inner"), text_of("a.py"), 3),
					FRAME(text_of("outer"), text_of("a.py"), 9)};
	struct script_frame others[] = {FRAME(text_of("sibling"), text_of("a.py"), 4), frames[1]};
	struct script_stack one = {.frames = frames, .count = 2}, other = {.frames = others, .count = 2}, none = {0};
	assert_int_equal(html_table_script(table, &one), 1);   /* outer 0, inner 1 */
	assert_int_equal(html_table_script(table, &other), 2); /* outer again, sibling 2 */
	assert_int_equal(html_table_script(table, &one), 1);
	assert_int_equal(html_table_script(table, &none), -1);
	assert_int_equal(html_table_script(table, NULL), -1);
	assert_int_equal(html_table_text(table, text_of("")), -1);
	assert_int_equal(html_table_text(table, text_of("outer")), html_table_text(table, frames[1].code->function));
	assert_int_equal(html_table_process(table, NULL), -1);
	html_table_free(table);
	arena_free(arena);
}

/* ---- source ---- */

TEST(lines_around_frames)
{
	struct arena *arena = arena_new();
	char path[] = "/tmp/pageleak-source-XXXXXX";
	int descriptor = mkstemp(path);
	for (int i = 1; i <= 30; i++)
		dprintf(descriptor, "line %d%s\n", i, i == 10 ? "\r" : "");
	close(descriptor);
	struct script_frame frames[] = {FRAME(text_of("f"), text_of(path), 10), FRAME(text_of("g"), text_of(path), 2),
					FRAME(text_of("h"), text_of("/dev/zero"), 1),
					FRAME(text_of("i"), text_of("<string>"), 1),
					FRAME(text_of("j"), text_of(path), 2000000000)};
	struct script_stack python = {.frames = frames, .count = 5};
	struct finding finding = {.script = &python};
	struct report report = {
		.findings = &finding, .finding_count = 1, .started_ns = UINT64_MAX, .cwd = text_of("/")};
	source_lines_collect(arena, &report);
	assert_int_equal(report.sources->count, 1);
	const struct source *source = &report.sources->at[0];
	static const int expected[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13};
	assert_int_equal(source->line_count, sizeof expected / sizeof *expected);
	for (size_t i = 0; i < source->line_count; i++)
		assert_int_equal(source->lines[i].number, expected[i]);
	assert_true(text_is(source->lines[8].text, "line 10"));
	assert_false(source->changed);
	unlink(path);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_by_time),
		cmocka_unit_test(buckets_are_bounded_and_the_high_water_mark_is_exact),
		cmocka_unit_test(times_that_cannot_be),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(no_text_ends_a_script),
		cmocka_unit_test(columns_of_one_value_are_that_value),
		cmocka_unit_test(stacks_share_their_callers),
		cmocka_unit_test(lines_around_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
