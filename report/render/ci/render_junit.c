/*
 * render_junit.c - JUnit XML, for Jenkins, GitLab and others. A test (scope) that made pages is a testcase, in the
 * suite of its file; a finding without a test is one of its own in the suite "pageleak", named by template and id.
 * Names are unique: GitLab drops a case whose name it has seen. A case has at most one <failure>, as most readers show
 * only one: all findings that fail the gate (leaked and late, where there is none), the worst one as its type. Findings
 * that do not fail it stand in <system-out>.
 *
 * tests/junit.xsd has the schema.
 */
#include "base/arena.h"
#include "base/text.h"
#include "findings/cause.h"
#include "findings/gate.h"
#include "findings/leaked_directories.h"
#include "frames/languages.h"
#include "judge/test_scope.h"
#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/render.h"
#include "render/xml.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#define SUITE "pageleak"
enum { PHASES_MOST = 8 };

/* The pages of a finding that belong to one case. */
struct part {
	const struct finding *finding;
	struct page **pages;
	size_t count, room;
};

struct testcase {
	struct text key, file, name; /* file "" none */
	struct part *parts;
	size_t count, room;
	struct testcase *next; /* the next one of its suite */
	UT_hash_handle hh;     /* by key; only cases of tests */
};

struct suite {
	struct text name;
	struct testcase *first, **last;
	size_t tests, failures;
	UT_hash_handle hh;
};

struct name {
	struct text text;
	UT_hash_handle hh;
};

struct junit {
	struct arena *arena;
	FILE *out;
	const struct report *report;
	const struct render_options *options;
	struct testcase *tests;
	struct suite *suites;
	struct name *names;
	size_t case_count, failures;
};

static bool is_failure(const struct junit *junit, const struct testcase *testcase)
{
	for (size_t i = 0; i < testcase->count; i++)
		if (gate_fails_finding(junit->options->gate, testcase->parts[i].finding))
			return true;
	return false;
}

/* ---- cases ---- */

/* Compares names as they are written, which is all that a reader sees. */
static struct text written(struct arena *arena, struct text text)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&bytes, &size);
	if (!stream)
		return text;
	xml_value(stream, text);
	fclose(stream);
	text = (struct text){arena_copy(arena, bytes, size), size};
	free(bytes);
	return text;
}

static struct text unique(struct junit *junit, struct text suite, struct text wanted)
{
	struct text text = wanted;
	for (int number = 2;; number++) {
		struct text key =
			written(junit->arena, text_of(arena_format(junit->arena, "%.*s\n%.*s", (int)suite.size,
								   suite.at, (int)text.size, text.at)));
		struct name *name;
		HASH_FIND(hh, junit->names, key.at, key.size, name);
		if (!name) {
			name = arena_take(junit->arena, sizeof *name);
			name->text = key;
			HASH_ADD_KEYPTR(hh, junit->names, name->text.at, name->text.size, name);
			return text;
		}
		text = text_of(arena_format(junit->arena, "%.*s #%d", (int)wanted.size, wanted.at, number));
	}
}

static struct testcase *case_new(struct junit *junit, struct text file, struct text name)
{
	struct testcase *testcase = arena_take(junit->arena, sizeof *testcase);
	struct text suite_name = file.size ? file : text_of(SUITE);
	struct suite *suite;
	HASH_FIND(hh, junit->suites, suite_name.at, suite_name.size, suite);
	if (!suite) {
		suite = arena_take(junit->arena, sizeof *suite);
		suite->name = suite_name;
		suite->last = &suite->first;
		HASH_ADD_KEYPTR(hh, junit->suites, suite->name.at, suite->name.size, suite);
	}
	testcase->file = file;
	testcase->name = unique(junit, suite_name, name.size ? name : text_of("?"));
	*suite->last = testcase;
	suite->last = &testcase->next;
	suite->tests++;
	junit->case_count++;
	return testcase;
}

/* "test_table.py::TestTable::test_del": file and name. "test_table.py" alone: what unittest runs around the tests of a
 * file. */
static struct testcase *case_of_test(struct junit *junit, struct text test)
{
	struct testcase *testcase;
	struct text file = text_none(), name = test;
	HASH_FIND(hh, junit->tests, test.at, test.size, testcase);
	if (testcase)
		return testcase;
	const char *colons = memmem(test.at, test.size, "::", 2);
	if (colons && colons > test.at) {
		file = (struct text){test.at, (size_t)(colons - test.at)};
		name = (struct text){colons + 2, test.size - file.size - 2};
	} else if (text_ends(test, ".py")) {
		file = test;
	}
	testcase = case_new(junit, file, name);
	testcase->key = test;
	HASH_ADD_KEYPTR(hh, junit->tests, testcase->key.at, testcase->key.size, testcase);
	return testcase;
}

static struct testcase *case_of_finding(struct junit *junit, const struct finding *finding)
{
	return case_new(junit, text_none(),
			text_of(arena_format(junit->arena, "%s %.8s", text_shown(junit->arena, finding->template),
					     finding->id)));
}

static void add_page(struct junit *junit, struct testcase *testcase, const struct finding *finding, struct page *page)
{
	struct part *part = testcase->count ? &testcase->parts[testcase->count - 1] : NULL;
	if (!part || part->finding != finding) {
		testcase->parts = arena_grow(junit->arena, testcase->parts, testcase->count, &testcase->room,
					     sizeof *testcase->parts, 2);
		part = &testcase->parts[testcase->count++];
		*part = (struct part){.finding = finding};
	}
	part->pages = arena_grow(junit->arena, part->pages, part->count, &part->room, sizeof(struct page *), 4);
	part->pages[part->count++] = page;
}

static void add_finding(struct junit *junit, const struct finding *finding)
{
	struct test_scope_memo memo = {0};
	struct testcase *own = NULL;
	for (size_t i = 0; i < finding->entries; i++) {
		struct page *page = finding->pages[i];
		struct text scope = page->made ? test_scope_of(junit->arena, page->made, &memo) : text_none();
		if (!scope.size && !own)
			own = case_of_finding(junit, finding);
		add_page(junit, scope.size ? case_of_test(junit, test_scope_test(scope)) : own, finding, page);
	}
}

static void collect(struct junit *junit)
{
	const struct report *report = junit->report;
	for (size_t i = 0; i < report->test_count; i++)
		case_of_test(junit, report->tests[i]);
	for (size_t i = 0; i < report->finding_count; i++)
		if (render_lists(&report->findings[i], junit->options))
			add_finding(junit, &report->findings[i]);
	if (!junit->case_count)
		case_new(junit, text_none(), text_of("no page leaked"));
	for (struct suite *suite = junit->suites; suite; suite = suite->hh.next) {
		for (const struct testcase *at = suite->first; at; at = at->next)
			suite->failures += is_failure(junit, at);
		junit->failures += suite->failures;
	}
}

/* ---- one case ---- */

/* Fills owner, release and cause anew: the finding's own describe a page of another test. */
static void describe_part(struct finding *finding, const struct part *part)
{
	const struct event *made = part->pages[0]->made, *release = NULL;
	if (!made || part->count == part->finding->entries)
		return;
	finding->owner = made->process;
	finding->tid = made->tid;
	finding->object = language_owner(made);
	for (size_t i = 0; i < part->count && !release; i++) {
		release = part->pages[i]->release;
		finding->phase = part->pages[i]->phase;
	}
	if (!release || !finding->release || release->native != finding->release->native)
		finding->release_native = NULL; /* its symbols are not loaded */
	if (!release || !finding->release || release->script != finding->release->script)
		finding->release_by = finding->release_trigger = NULL;
	finding->release = release;
	if (finding->journal)
		cause_find(finding->journal, finding);
}

/* A copy of the finding with these pages only, and their phases. */
static struct finding finding_of(struct junit *junit, const struct part *part)
{
	struct finding finding = *part->finding;
	struct test_scope_memo memo = {0};
	finding.pages = part->pages;
	finding.entries = part->count;
	leaked_directories_recount(&finding);
	describe_part(&finding, part);
	finding.bytes = 0;
	finding.scopes = arena_take(junit->arena, PHASES_MOST * sizeof *finding.scopes);
	finding.scope_count = 0;
	for (size_t i = 0; i < part->count; i++) {
		struct text scope =
			part->pages[i]->made ? test_scope_of(junit->arena, part->pages[i]->made, &memo) : text_none();
		size_t known = 0;
		finding.bytes += part->pages[i]->bytes;
		while (known < finding.scope_count && !text_equal(finding.scopes[known], scope))
			known++;
		if (scope.size && known == finding.scope_count && known < PHASES_MOST)
			finding.scopes[finding.scope_count++] = scope;
	}
	return finding;
}

static void write_blocks(struct junit *junit, const struct testcase *testcase, bool failing)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&bytes, &size);
	if (!stream)
		return;
	for (size_t i = 0; i < testcase->count; i++) {
		if (gate_fails_finding(junit->options->gate, testcase->parts[i].finding) != failing)
			continue;
		struct finding finding = finding_of(junit, &testcase->parts[i]);
		render_text_finding(junit->arena, stream, junit->report, &finding, junit->options);
	}
	fclose(stream);
	xml_content(junit->out, (struct text){bytes, size});
	free(bytes);
}

/* "2 pages late, page-*.dat, made by Table.__init__ (table.py:11); held by ..." */
static const char *message_of(struct junit *junit, const struct testcase *testcase, const struct part *worst)
{
	struct arena *arena = junit->arena;
	const struct finding part = finding_of(junit, worst), *finding = &part;
	const char *made = finding_place_maker(arena, junit->report, finding);
	size_t others = 0;
	for (size_t i = 0; i < testcase->count; i++)
		others += &testcase->parts[i] != worst &&
			  gate_fails_finding(junit->options->gate, testcase->parts[i].finding);
	const char *text =
		arena_format(arena, "%zu %s %s, %.*s", worst->count, worst->count == 1 ? "page" : "pages",
			     verdict_names[finding->verdict], (int)finding->template.size, finding->template.at);
	if (*made)
		text = arena_format(arena, "%s, made by %s", text, made);
	if (finding->cause)
		text = arena_format(arena, "%s; %.*s", text, (int)finding->cause->detail.size,
				    finding->cause->detail.at);
	return others ? arena_format(arena, "%s; and %zu more of this test", text, others) : text;
}

static void write_failure(struct junit *junit, const struct testcase *testcase)
{
	const struct part *worst = NULL; /* findings come worst first */
	for (size_t i = 0; i < testcase->count && !worst; i++)
		if (gate_fails_finding(junit->options->gate, testcase->parts[i].finding))
			worst = &testcase->parts[i];
	if (!worst)
		return;
	fputs("   <failure", junit->out);
	xml_attribute(junit->out, "type", text_of(verdict_names[worst->finding->verdict]));
	xml_attribute(junit->out, "message", text_of(message_of(junit, testcase, worst)));
	fputc('>', junit->out);
	write_blocks(junit, testcase, true);
	fputs("</failure>\n", junit->out);
}

/* Lists the phases in which its pages were made: setup, call, teardown. */
static void write_phases(struct junit *junit, const struct testcase *testcase)
{
	struct text phases[PHASES_MOST];
	size_t count = 0;
	for (size_t i = 0; i < testcase->count; i++) {
		struct finding finding = finding_of(junit, &testcase->parts[i]);
		for (size_t k = 0; k < finding.scope_count; k++) {
			struct text phase = test_scope_phase(finding.scopes[k]);
			size_t known = 0;
			while (known < count && !text_equal(phases[known], phase))
				known++;
			if (phase.size && known == count && count < PHASES_MOST)
				phases[count++] = phase;
		}
	}
	if (!count)
		return;
	fputs("   <properties>\n", junit->out);
	for (size_t i = 0; i < count; i++) {
		fputs("    <property name=\"phase\"", junit->out);
		xml_attribute(junit->out, "value", phases[i]);
		fputs("/>\n", junit->out);
	}
	fputs("   </properties>\n", junit->out);
}

/* As pytest does it, below a name of our own, so that its cases and ours stay apart: "tests/test_a.py" is
 * pageleak.tests.test_a. */
static const char *class_of(struct arena *arena, struct text file)
{
	if (text_ends(file, ".py"))
		file.size -= 3;
	char *name =
		file.size ? arena_format(arena, SUITE ".%.*s", (int)file.size, file.at) : arena_format(arena, SUITE);
	for (char *at = name; *at; at++)
		if (*at == '/')
			*at = '.';
	return name;
}

static void write_case(struct junit *junit, const struct testcase *testcase)
{
	size_t passing = 0;
	for (size_t i = 0; i < testcase->count; i++)
		passing += !gate_fails_finding(junit->options->gate, testcase->parts[i].finding);
	fputs("  <testcase", junit->out);
	xml_attribute(junit->out, "classname", text_of(class_of(junit->arena, testcase->file)));
	xml_attribute(junit->out, "name", testcase->name);
	if (testcase->file.size)
		xml_attribute(junit->out, "file", testcase->file);
	fputs(" time=\"0\"", junit->out);
	if (!testcase->count) {
		fputs("/>\n", junit->out);
		return;
	}
	fputs(">\n", junit->out);
	write_phases(junit, testcase);
	write_failure(junit, testcase);
	if (passing) {
		fputs("   <system-out>", junit->out);
		write_blocks(junit, testcase, false);
		fputs("</system-out>\n", junit->out);
	}
	fputs("  </testcase>\n", junit->out);
}

/* ---- suites ---- */

/* An incomplete audit is an error, neither passed nor failed. */
static void write_incomplete(struct junit *junit)
{
	const struct coverage *coverage = &junit->report->coverage;
	const char *text =
		arena_format(junit->arena, "%zu of %zu processes were audited", coverage->audited, coverage->processes);
	for (size_t i = 0; i < coverage->limit_count; i++)
		text = arena_format(junit->arena, "%s; %s", text, coverage->limits[i]);
	fputs(" <testsuite name=\"" SUITE
	      " coverage\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" time=\"0\">\n"
	      "  <testcase classname=\"" SUITE "\" name=\"everything was seen\" time=\"0\">\n   <skipped",
	      junit->out);
	xml_attribute(junit->out, "message", text_of(text));
	fputs("/>\n  </testcase>\n </testsuite>\n", junit->out);
}

/* With --fail-on-fixed: what the baseline has and the program no longer leaves. */
static void write_fixed(struct junit *junit)
{
	const struct report *report = junit->report;
	fputs(" <testsuite name=\"" SUITE
	      " baseline\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0\">\n"
	      "  <testcase classname=\"" SUITE
	      "\" name=\"the baseline is up to date\" time=\"0\">\n   <failure type=\"fixed\"",
	      junit->out);
	xml_attribute(junit->out, "message",
		      text_of(arena_format(junit->arena, "%zu of the baseline %s no more: renew it",
					   report->fixed_count, report->fixed_count == 1 ? "is" : "are")));
	fputc('>', junit->out);
	for (size_t i = 0; i < report->fixed_count; i++) {
		const struct fixed_finding *one = &report->fixed[i];
		xml_content(junit->out,
			    text_of(arena_format(junit->arena, "%s %.*s%s%s\n", one->verdict, (int)one->template.size,
						 one->template.at, *one->made ? ", made by " : "", one->made)));
	}
	fputs("</failure>\n  </testcase>\n </testsuite>\n", junit->out);
}

static void write_suite(struct junit *junit, const struct suite *suite)
{
	char started[64] = "";
	struct tm parts;
	time_t seconds = (time_t)(junit->report->started_ns / 1000000000u);
	if (gmtime_r(&seconds, &parts))
		strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%S", &parts);
	fputs(" <testsuite", junit->out);
	xml_attribute(junit->out, "name", suite->name);
	xml_number(junit->out, "tests", suite->tests);
	xml_number(junit->out, "failures", suite->failures);
	fputs(" errors=\"0\" skipped=\"0\" time=\"0\"", junit->out);
	if (*started)
		xml_attribute(junit->out, "timestamp", text_of(started));
	xml_attribute(junit->out, "hostname", junit->report->host);
	fputs(">\n", junit->out);
	for (const struct testcase *at = suite->first; at; at = at->next)
		write_case(junit, at);
	fputs(" </testsuite>\n", junit->out);
}

int render_junit(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	struct render_options plain = *options;
	struct junit junit = {.arena = arena, .out = out, .report = report, .options = &plain};
	size_t unseen = !report->coverage.complete,
	       stale = options->gate && options->gate->fixed && report->fixed_count;
	plain.color = false;
	collect(&junit);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" SUITE "\"", out);
	xml_number(out, "tests", junit.case_count + unseen + stale);
	xml_number(out, "failures", junit.failures + stale);
	fputs(" errors=\"0\">\n", out);
	for (const struct suite *suite = junit.suites; suite; suite = suite->hh.next)
		write_suite(&junit, suite);
	if (stale)
		write_fixed(&junit);
	if (unseen)
		write_incomplete(&junit);
	fputs("</testsuites>\n", out);
	HASH_CLEAR(hh, junit.tests);
	HASH_CLEAR(hh, junit.suites);
	HASH_CLEAR(hh, junit.names);
	return 0;
}
