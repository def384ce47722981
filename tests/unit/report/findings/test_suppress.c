/*
 * test_suppress.c - rules for what is not to count: their grammar, and what they hide.
 */
#include "base/arena.h"
#include "findings/suppress.h"
#include "findings/suppression_text.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "outcome.h"
#include "unit_test.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;
static struct suppressions rules;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	rules = (struct suppressions){0};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Parses rules; `message` gets what that printed. */
static int parse(const char *text, size_t size, char *message, size_t room)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	int status = suppress_parse(arena, text, size, "rules", &rules);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	message[fread(message, 1, room - 1, file)] = 0;
	fclose(file);
	return status;
}

static void refused(const char *text, const char *part)
{
	char message[512];
	assert_int_equal(parse(text, strlen(text), message, sizeof message), -1);
	if (!strstr(message, part))
		fail_msg("'%s' is not in '%s'", part, message);
}

static void take(const char *text)
{
	char message[512];
	assert_int_equal(parse(text, strlen(text), message, sizeof message), 0);
	assert_string_equal(message, "");
}

TEST(grammar)
{
	take("# a comment\n\n  leak:a*b  \r\npath:/tmp/**\nprocess:gcc max=12\nscope:^test_x$\nframes: a ; "
	     "...;b\nleak:last");
	assert_int_equal(rules.count, 6);
	assert_string_equal(rules.at[0].text, "leak:a*b");
	assert_string_equal(rules.at[0].patterns[0], "**a**b**");
	assert_string_equal(rules.at[1].patterns[0], "/tmp/**");
	assert_int_equal(rules.at[2].max, 12);
	assert_string_equal(rules.at[3].patterns[0], "test_x");
	assert_string_equal(rules.at[4].patterns[0], "**a**");
	assert_string_equal(rules.at[4].patterns[1], "");
	assert_null(rules.at[4].patterns[3]);
}

TEST(refusals)
{
	char message[512];
	refused("leak:a\nleek:b\n", "rules:2: 'leek:b' is no rule");
	refused("leak:", "has nothing behind it");
	refused("leak: ", "has nothing behind it");
	refused("leak:a max=", "max=");
	refused("leak:a max=0", "max=");
	refused("leak:a max=x", "max=");
	refused("leak:a max=99999999999999999999", "max=");
	refused("frames: ;", "names no function");
	refused("frames: ...; ... max=3", "names no function");
	assert_int_equal(parse("leak:a\0b", 8, message, sizeof message), -1);
	assert_non_null(strstr(message, "NUL"));
}

/* ---- on a report ---- */

static struct builder *b;
static struct outcome out;

static void report_of(const char *text)
{
	static const struct fake_file files[] = {{"/tmp/a1", 1, 5, 4096, NULL},
						 {"/tmp/a2", 2, 5, 4096, NULL},
						 {"/tmp/pytest-of-me", 3, 5, 0, NULL},
						 {"/tmp/pytest-of-me/x", 4, 5, 512, NULL},
						 {0}};
	b = build_new("/work");
	uint32_t python = build_python(b, "/work/app.py", "Table.__init__", 7);
	for (uint64_t i = 1; i <= 2; i++)
		build_event(b, .path = i == 1 ? "/tmp/a1" : "/tmp/a2", .inode = i, .birth_ns = 5, .script = python,
			    .scope = "test_x (call)");
	build_event(b, .path = "/tmp/pytest-of-me", .inode = 3, .birth_ns = 5);
	build_event(b, .path = "/tmp/pytest-of-me/x", .inode = 4, .birth_ns = 5);
	out = outcome_grouped(b, files, NULL);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].entries, 4);
	take(text);
	suppress_apply(arena, &rules, "/work", &out.report);
}

static void left(uint64_t entries, uint64_t bytes)
{
	assert_int_equal(out.report.totals[VERDICT_LEAKED].entries, entries);
	assert_int_equal(out.report.totals[VERDICT_LEAKED].bytes, bytes);
	uint64_t listed = 0;
	for (size_t i = 0; i < out.report.finding_count; i++)
		listed += out.report.findings[i].entries;
	assert_int_equal(listed, entries);
	outcome_free(&out);
	build_free(b);
}

TEST(by_function)
{
	report_of("leak:^Table.\n");
	assert_int_equal(rules.at[0].hidden.entries, 2);
	left(2, 512);
}

TEST(by_source_file)
{
	report_of("leak:app.py$\n");
	left(2, 512);
}

TEST(anchors_hold)
{
	report_of("leak:^able\nleak:Table$\nscope:^x\nframes: Table.__init__; main\nframes: ...; nothing; ...\n");
	left(4, 8704);
}

TEST(by_path_up_to_its_cap)
{
	report_of("path:/tmp/a? max=1\n");
	assert_int_equal(rules.at[0].hidden.entries, 1);
	left(3, 4608);
}

TEST(by_scope)
{
	report_of("scope:test_x\n");
	left(2, 512);
}

TEST(by_frames)
{
	report_of("frames: ...; __init__\n");
	left(2, 512);
}

TEST(by_process)
{
	report_of("process:/bin/prog$\n");
	left(0, 0);
}

TEST(frames_in_a_file)
{
	static const struct {
		const char *rule;
		size_t left;
	} rows[] = {
		{"frames: ^Table.__init__$ in ^app.py$", 2},
		{"frames: Table in ^/work/app.py$", 2},
		{"frames: Table in other.py", 4},
		{"frames: Table in ^app$", 4},
		{"frames: Table in app; ...", 2},
		{"frames: ... in app.py; Table", 2},
		{"frames: Table in ", 4},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t entries = 0;
		rules = (struct suppressions){0};
		report_of(rows[i].rule);
		suppress_apply(arena, &rules, "/work", &out.report);
		for (size_t k = 0; k < out.report.finding_count; k++)
			entries += out.report.findings[k].entries;
		assert_int_equal(entries, rows[i].left);
		outcome_free(&out);
		build_free(b);
	}
	report_of("");
	const char *rule = rule_for(arena, &out.report.findings[0]);
	assert_true(strstr(rule, "app.py") || strstr(rule, "path:"));
	outcome_free(&out);
	build_free(b);
}

TEST(left_by_design)
{
	report_of("");
	suppress_known(arena, &rules);
	suppress_apply(arena, &rules, "/work", &out.report);
	assert_int_equal(rules.at[0].hidden.entries, 2); /* the directory and its file */
	assert_non_null(rules.at[0].known);
	left(2, 8192);
}

TEST(rule_to_paste_hides_its_finding)
{
	report_of("");
	for (size_t i = 0; i < out.report.finding_count; i++) {
		struct suppressions own = {0};
		const char *rule = rule_for(arena, &out.report.findings[i]);
		struct report one = out.report;
		struct finding copy = out.report.findings[i];
		assert_int_equal(suppress_parse(arena, rule, strlen(rule), "own", &own), 0);
		copy.pages = memcpy(arena_take(arena, copy.entries * sizeof *copy.pages), copy.pages,
				    copy.entries * sizeof *copy.pages);
		one.findings = &copy;
		one.finding_count = 1;
		suppress_apply(arena, &own, "/work", &one);
		assert_int_equal(one.finding_count, 0);
	}
	left(4, 8704);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(grammar),          CASE(refusals),       CASE(by_function),
		CASE(by_source_file),   CASE(anchors_hold),   CASE(by_path_up_to_its_cap),
		CASE(by_scope),         CASE(by_frames),      CASE(by_process),
		CASE(frames_in_a_file), CASE(left_by_design), CASE(rule_to_paste_hides_its_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
