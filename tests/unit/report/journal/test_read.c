/*
 * test_read.c - journals that are damaged, truncated, foreign or hostile: a message or what can be read, never a crash.
 */
#include "base/arena.h"
#include "base/text.h"
#include "build_journal.h"
#include "format.h"
#include "journal/modules.h"
#include "journal/read.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "unit_test.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Reads a journal; `message` gets what that printed. */
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

TEST(journal_without_processes_has_a_list_of_none)
{
	struct builder *b = build_new("/work");
	struct arena *arena = arena_new();
	struct journal journal;
	memset(b->bytes + JOURNAL_HEADER_SIZE, 0, b->size - JOURNAL_HEADER_SIZE);
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.process_count, 0);
	assert_non_null(journal.processes);
	arena_free(arena);
	build_free(b);
}

TEST(files_that_are_no_journals)
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
	struct builder *b = build_sample();
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

TEST(truncated_journal_is_read_to_its_end)
{
	struct builder *b = build_sample();
	char text[512];
	struct journal journal;
	assert_int_equal(read_caught(b->bytes, JOURNAL_HEADER_SIZE + 4096, text, sizeof text, &journal), 0);
	assert_non_null(strstr(text, "x.data: at offset 8192: truncated: 61440 bytes should follow"));
	assert_int_equal(journal.event_count, 6);
	build_free(b);
}

TEST(torn_and_unknown_records_are_skipped)
{
	struct builder *b = build_sample();
	struct arena *arena = arena_new();
	struct journal journal;
	struct journal_record *first = (void *)(b->bytes + JOURNAL_HEADER_SIZE + sizeof(struct journal_chunk));
	first->type = 0; /* AUDIT */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 1);
	assert_int_equal(journal.command_count, 0);
	assert_int_equal(journal.event_count, 6);
	first->flags = RECORD_AUDIT; /* the type that the record was to have */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 1);
	first->flags = RECORD_STRING; /* no other record can refer to it yet */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 0);
	first->flags = 999;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn, 1);
	first->type = 999;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.torn + journal.bad, 0);
	memset(first, 0, first->size); /* reserved, not begun */
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_int_equal(journal.event_count, 6);
	arena_free(arena);
	build_free(b);
}

TEST(records_are_read)
{
	struct builder *b = build_sample();
	struct arena *arena = arena_new();
	struct journal journal;
	assert_int_equal(journal_read(arena, b->bytes, b->size, "x", &journal), 0);
	assert_true(text_is(journal.cwd, "/work"));
	assert_true(text_is(journal.command[0], "prog"));
	assert_true(text_is(journal.host, "host"));
	assert_true(journal.has_end);
	assert_int_equal(journal.process_count, 3);
	assert_true(text_is(journal.processes[1]->exe,
			    "/bin/prog")); /* a forked process has the executable of its parent */
	assert_false(journal.processes[2]->audited);
	const struct event *event = &journal.events[0];
	assert_int_equal(event->native->count, 2);
	assert_true(text_is(event->script->frames[0].code->function, "mkdtemp"));
	assert_int_equal(event->script->frames[0].line, 3);
	const struct module *module = modules_at(journal.processes[1], 0x401000, event->native->time_ns);
	assert_non_null(module);
	assert_true(text_is(module->path, "/bin/nothing-here"));
	arena_free(arena);
	build_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_are_no_journals),
		cmocka_unit_test(journal_without_processes_has_a_list_of_none),
		cmocka_unit_test(other_versions_and_features),
		cmocka_unit_test(truncated_journal_is_read_to_its_end),
		cmocka_unit_test(torn_and_unknown_records_are_skipped),
		cmocka_unit_test(records_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
