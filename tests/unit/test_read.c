/*
 * test_read.c - journals that are damaged, truncated, foreign or hostile: a message or what can be read, never a crash.
 */
#include "base/arena.h"
#include "base/text.h"
#include "build_journal.h"
#include "coverage/coverage.h"
#include "coverage/unattributed.h"
#include "format.h"
#include "journal/read.h"
#include "judge/verdict.h"
#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define TEST(name) static void name(void **state __attribute__((unused)))
#define MUTATIONS 1500

/* Everything a journal may hold, once. */
static struct builder *sample(void)
{
	struct builder *b = build_new("/work");
	uint64_t addresses[] = {0x401001, 0x401101};
	build_module(b, 1, "/bin/nothing-here", 0x400000, 0x401000, 0x402000);
	uint32_t stack = build_stack(b, 1, addresses, 2), python = build_python(b, "/x/tempfile.py", "mkdtemp", 3);
	build_scope(b, 1, "scope");
	build_event(b, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755, .native = stack,
		    .script = python);
	build_event(b, .path = "/tmp/d/../d/x", .inode = 2, .birth_ns = 5, .scope = "scope");
	build_event(b, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755, .replaced = 2, .replaced_birth_ns = 5);
	build_event(b, .kind = EVENT_LINKED, .path = "l", .path2 = "m", .inode = 3, .links = 2);
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, "/tmp");
	build_exec(b, child, 101, 100, "/nonexistent/x", 0);
	build_event(b, .process = child, .kind = EVENT_RELEASED, .path = "/tmp/e/x", .inode = 2, .birth_ns = 5);
	uint32_t made = build_event(b, .path = "/tmp/t", .inode = 9, .birth_ns = 5, .script = python, .object = 77);
	build_why(b, made, 77, WHY_CYCLE, MOMENT_EXIT, "detail\0advice\0Table\0cycle", 26);
	build_why(b, 0, 77, WHY_FINALIZER_FAILED, MOMENT_RAISED, "raised\0 ", 9);
	build_exit(b, 1, 0, EXIT_GONE);
	build_end(b, 9);
	build_finish(b);
	return b;
}

/* What pageleak would print, with standard error caught. */
static int read_caught(const void *bytes, size_t size, char *message, size_t message_size, struct journal *journal)
{
	struct arena *arena = arena_new();
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	int status = journal_read(arena, bytes, size, "x.data", journal);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	size_t got = fread(message, 1, message_size - 1, file);
	message[got] = 0;
	fclose(file);
	arena_free(arena);
	return status;
}

static void expect_refused(const void *bytes, size_t size, const char *message)
{
	char text[512];
	struct journal journal;
	assert_int_equal(read_caught(bytes, size, text, sizeof text, &journal), -1);
	assert_string_equal(text, message);
}

TEST(not_journals)
{
	char noise[8192];
	memset(noise, 'x', sizeof noise);
	expect_refused("", 0, "pageleak: x.data: is empty: not a pageleak journal\n");
	expect_refused(noise, sizeof noise,
		       "pageleak: x.data: at offset 0: no \"PAGELEAK\" there: not a pageleak journal\n");
	expect_refused(noise, 3, "pageleak: x.data: at offset 0: no \"PAGELEAK\" there: not a pageleak journal\n");
}

TEST(other_versions_and_features)
{
	struct builder *b = sample();
	struct journal_header *header = (void *)b->bytes;
	expect_refused(b->bytes, 100,
		       "pageleak: x.data: at offset 100: ends within the header of 4096 bytes: truncated\n");
	header->incompatible = 8;
	expect_refused(b->bytes, b->size,
		       "pageleak: x.data: at offset 24: incompatible feature 3, which this pageleak does not "
		       "know: use a newer one\n");
	header->version = 7;
	expect_refused(b->bytes, b->size, "pageleak: x.data: at offset 8: version 7, this pageleak reads version 1\n");
	build_free(b);
}

TEST(truncated_is_read_as_far_as_it_goes)
{
	struct builder *b = sample();
	char text[512];
	struct journal journal;
	assert_int_equal(read_caught(b->bytes, JOURNAL_HEADER_SIZE + 4096, text, sizeof text, &journal), 0);
	assert_non_null(strstr(text, "x.data: at offset 8192: truncated: 61440 bytes should follow"));
	assert_int_equal(journal.event_count, 6);
	build_free(b);
}

TEST(torn_and_unknown_records_are_skipped)
{
	struct builder *b = sample();
	struct arena *arena = arena_new();
	struct journal journal;
	struct journal_record *first = (void *)(b->bytes + JOURNAL_HEADER_SIZE + sizeof(struct journal_chunk));
	first->type = 0; /* AUDIT */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 1);
	assert_int_equal(journal.command_count, 0);
	assert_int_equal(journal.event_count, 6);
	first->flags = RECORD_AUDIT; /* what it was to be */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 1);
	first->flags = RECORD_STRING; /* nobody can refer to it */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 0);
	first->flags = 999;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 1);
	first->type = 999;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn + journal.bad, 0);
	memset(first, 0, first->size); /* taken, not begun */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.event_count, 6);
	arena_free(arena);
	build_free(b);
}

TEST(records_are_read)
{
	struct builder *b = sample();
	struct arena *arena = arena_new();
	struct journal journal;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_true(text_is(journal.cwd, "/work"));
	assert_true(text_is(journal.command[0], "prog"));
	assert_true(text_is(journal.host, "host"));
	assert_true(journal.has_end);
	assert_int_equal(journal.process_count, 3);
	assert_true(text_is(journal.processes[1]->exe, "/bin/prog")); /* a fork's, from its parent */
	assert_false(journal.processes[2]->audited);
	const struct event *event = &journal.events[0];
	assert_int_equal(event->native->count, 2);
	assert_true(text_is(event->script->frames[0].code->function, "mkdtemp"));
	assert_int_equal(event->script->frames[0].line, 3);
	const struct module *module = read_module(&journal, journal.processes[1], 0x401000, event->native->time_ns);
	assert_non_null(module);
	assert_true(text_is(module->path, "/bin/nothing-here"));
	arena_free(arena);
	build_free(b);
}

static void run_through(const char *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct journal journal;
	if (!journal_read(arena, bytes, size, "mutated", &journal)) {
		static const struct fake_file files[] = {
			{"/tmp", 90, 1, 0, NULL, S_IFDIR | 0755}, {"/tmp/x", 91, 1000000001000, 0, NULL}, {0}};
		struct fake_disk disk = fake_disk(files);
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
	struct builder *b = sample();
	char *copy = malloc(b->size);
	int saved = dup(STDERR_FILENO);
	assert_non_null(freopen("/dev/null", "w", stderr));
	srandom(4711);
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(copy, b->bytes, b->size);
		for (long k = random() % 12; k >= 0; k--) {
			size_t at = (size_t)random() % 3 ? JOURNAL_HEADER_SIZE + (size_t)random() % 3000
							 : 32 + (size_t)random() % 64;
			copy[at] = (char)(random() % 2 ? random() : copy[at] ^ 1 << random() % 8);
		}
		run_through(copy, random() % 4 ? b->size : (size_t)random() % b->size);
	}
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	free(copy);
	build_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_journals),
		cmocka_unit_test(other_versions_and_features),
		cmocka_unit_test(truncated_is_read_as_far_as_it_goes),
		cmocka_unit_test(torn_and_unknown_records_are_skipped),
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(mutated_journals_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
