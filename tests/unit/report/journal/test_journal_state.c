/*
 * test_journal_state.c - processes are the same when records are read one by one, and linked each time, as when they
 * are read at once.
 */
#include "journal/journal_state.h"
#include "base/arena.h"
#include "build_journal.h"
#include "format.h"
#include "journal/follow.h"
#include "journal/journal_header.h"
#include "journal/read.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "unit_test.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct growing {
	struct builder *builder;
	struct arena *arena;
	struct follow *follow;
	struct journal journal;
	struct journal_state *state;
	struct event event; /* the last */
	struct event_move move;
	int file;
	uint64_t clock_ns;
};

static void file(void *context, const struct journal_record *record, uint16_t type, uint32_t size, uint64_t offset)
{
	struct growing *growing = context;
	const void *bytes = record;
	assert_true(journal_state_file(growing->state, bytes, type, size, offset));
	if (type == RECORD_EVENT) /* its path goes with the record */
		assert_true(journal_state_event(growing->state, bytes, size, offset, &growing->event, &growing->move));
}

static void look(struct growing *growing)
{
	struct builder *builder = growing->builder;
	build_finish(builder);
	assert_int_equal(pwrite(growing->file, builder->bytes, builder->size, 0), (ssize_t)builder->size);
	while (follow_read(growing->follow, growing->clock_ns += 1000000, 1 << 20, file, growing))
		;
	journal_state_settle(growing->state);
}

static void begin(struct growing *out, bool whole)
{
	*out = (struct growing){.builder = build_new("/work"), .arena = arena_new()};
	out->file = memfd_create("journal", 0);
	build_finish(out->builder);
	assert_int_equal(pwrite(out->file, out->builder->bytes, out->builder->size, 0), (ssize_t)out->builder->size);
	out->follow = follow_open(out->file, "x.data");
	out->journal = journal_header_begin(out->arena, "x.data");
	out->state = journal_state_open(follow_source(out->follow), &out->journal, whole);
}

static void end(struct growing *growing)
{
	journal_state_close(growing->state);
	follow_close(growing->follow);
	arena_free(growing->arena);
	build_free(growing->builder);
	close(growing->file);
}

static const char *named(struct arena *arena, const struct process *process)
{
	return process ? arena_format(arena, "%u/%u", process->number, process->pid) : "-";
}

/* One line a process. */
static const char *described(struct arena *arena, const struct journal *journal)
{
	const char *out = "";
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		out = arena_format(
			arena, "%s%s of %s, after %s, before %s, %.*s, end %llu signal %d copies %u roots %zu\n", out,
			named(arena, process), named(arena, process->parent), named(arena, process->before),
			named(arena, process->heir), (int)process->exe.size, process->exe.at,
			(unsigned long long)process->ended_ns, process->signal, process->copies, process->root_count);
	}
	return out;
}

static void assert_as_read_at_once(struct growing *growing)
{
	struct journal journal;
	look(growing);
	assert_int_equal(journal_read(growing->arena, growing->builder->bytes, growing->builder->size, "x", &journal),
			 0);
	assert_string_equal(described(growing->arena, &growing->journal), described(growing->arena, &journal));
}

TEST(process_tree_is_that_of_all_records_after_each)
{
	struct growing growing;
	begin(&growing, true);
	struct builder *b = growing.builder;
	assert_as_read_at_once(&growing);
	uint32_t child = build_process(b, PROCESS_FORKED, 101, 100, 1, NULL, NULL);
	assert_as_read_at_once(&growing);
	uint32_t missing = build_exec(b, child, 101, 100, "/bin/missing", 0);
	assert_as_read_at_once(&growing);
	build_exec_failed(b, missing, 101);
	assert_as_read_at_once(&growing);
	build_exec(b, child, 101, 100, "/bin/tool", 0);
	assert_as_read_at_once(&growing);
	uint32_t tool = build_process(b, PROCESS_EXECED, 101, 100, 0, "/bin/tool", "/tmp/t");
	assert_as_read_at_once(&growing);
	build_exec(b, tool, 102, 101, "/bin/static", EXEC_SPAWNED);
	assert_as_read_at_once(&growing);
	build_process(b, PROCESS_EXECED, 103, 102, 0, "/bin/below-static", NULL);
	assert_as_read_at_once(&growing);
	build_chroot(b, tool, "/srv/root/");
	assert_as_read_at_once(&growing);
	build_process(b, PROCESS_EXECED, 104, 101, 0, "/bin/inside", NULL);
	assert_as_read_at_once(&growing);
	build_killed(b, tool, 102, 101, 9);
	assert_as_read_at_once(&growing);
	uint32_t daemon = build_process(b, PROCESS_FORKED, 105, 101, tool, NULL, NULL);
	build_exit(b, tool, 0, EXIT_DAEMON);
	build_note(b, daemon, NOTE_SESSION);
	assert_as_read_at_once(&growing);
	build_exit(b, 1, 0, EXIT_GONE);
	build_end(b, 0);
	assert_as_read_at_once(&growing);
	assert_non_null(strstr(described(growing.arena, &growing.journal), "/srv/root/bin/inside"));
	assert_int_equal(journal_state_unmatched(growing.state), 0);
	end(&growing);
}

TEST(settling_again_takes_no_memory)
{
	struct growing growing;
	begin(&growing, true);
	struct builder *b = growing.builder;
	build_chroot(b, 1, "/srv/root");
	build_exec(b, 1, 102, 100, "/bin/static", EXEC_SPAWNED);
	build_process(b, PROCESS_EXECED, 103, 100, 0, "/bin/inside", NULL);
	look(&growing);
	const struct journal_exit exit = {.head = {.process = 1}, .how = EXIT_BEGUN};
	size_t before = arena_size(growing.arena);
	for (int i = 0; i < 10000; i++) {
		journal_state_file(growing.state, &exit, RECORD_EXIT, sizeof exit, 8192);
		journal_state_settle(growing.state);
	}
	assert_int_equal(arena_size(growing.arena), before);
	end(&growing);
}

TEST(names_of_an_event_are_in_the_root_directory_of_its_time)
{
	struct growing growing;
	begin(&growing, false);
	struct builder *b = growing.builder;
	build_event(b, .path = "/tmp/a", .inode = 1);
	look(&growing);
	struct event before = growing.event;
	build_chroot(b, 1, "/srv/root");
	build_event(b, .path = "/tmp/b", .inode = 2);
	look(&growing);
	assert_int_equal(growing.journal.root_count, 1);
	before.path = growing.event.path = (struct text){"/tmp/x", 6};
	journal_state_root_event(growing.state, &before);
	journal_state_root_event(growing.state, &growing.event);
	assert_int_equal(before.path.size, 6);
	assert_true(text_is(growing.event.base, "/srv/root") && text_is(growing.event.path, "tmp/x"));
	end(&growing);
}

TEST(stacks_are_made_once)
{
	struct growing growing;
	begin(&growing, false);
	struct builder *b = growing.builder;
	const uint64_t addresses[] = {0x1000, 0x2000};
	uint32_t native = build_stack(b, 1, addresses, 2), script = build_python(b, "/work/a.py", "f", 7);
	look(&growing);
	const struct stack *stack = journal_state_stack(growing.state, native);
	assert_int_equal(stack->count, 2);
	assert_int_equal(stack->process->number, 1);
	assert_ptr_equal(journal_state_stack(growing.state, native), stack);
	assert_null(journal_state_script_stack(growing.state, native));
	assert_null(journal_state_stack(growing.state, 0));
	assert_null(journal_state_stack(growing.state, native + 1));
	assert_true(text_is(journal_state_script_stack(growing.state, script)->frames[0].code->function, "f"));
	end(&growing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_tree_is_that_of_all_records_after_each),
		cmocka_unit_test(settling_again_takes_no_memory),
		cmocka_unit_test(names_of_an_event_are_in_the_root_directory_of_its_time),
		cmocka_unit_test(stacks_are_made_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
