/*
 * test_follow.c - a journal that grows under its reader: each record once, late ones too, and damage that stops
 * nothing.
 */
#include "base/arena.h"
#include "build_journal.h"
#include "format.h"
#include "journal/follow.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define MUTATIONS 1500

struct seen {
	unsigned events, others;
	uint64_t last_inode;
};

static void see(void *context, const struct journal_record *record, uint16_t type, uint32_t size, uint64_t offset)
{
	struct seen *seen = context;
	assert_true(size >= sizeof *record && offset % 8 == 0);
	if (type != RECORD_EVENT || size < sizeof(struct journal_event)) {
		seen->others++;
		return;
	}
	seen->events++;
	seen->last_inode = ((const struct journal_event *)record)->page.inode;
}

/* A file that save() fills with the builder's records, and its reader. */
struct growing {
	struct builder *builder;
	int file;
	struct follow *follow;
	struct seen seen;
	uint64_t now_ns;
};

static void save(struct growing *growing)
{
	build_finish(growing->builder);
	assert_int_equal(pwrite(growing->file, growing->builder->bytes, growing->builder->size, 0),
			 growing->builder->size);
}

static struct growing start(void)
{
	struct growing growing = {.builder = build_new("/work"), .file = memfd_create("journal", 0), .now_ns = 1};
	save(&growing);
	growing.follow = follow_open(growing.file, "x.data");
	assert_non_null(growing.follow);
	return growing;
}

static void end(struct growing *growing)
{
	follow_close(growing->follow);
	close(growing->file);
	build_free(growing->builder);
}

static unsigned look(struct growing *growing, uint64_t later_ns)
{
	growing->seen.events = 0;
	growing->now_ns += later_ns;
	while (follow_read(growing->follow, growing->now_ns, 1 << 20, see, &growing->seen))
		;
	return growing->seen.events;
}

static void word_set(struct growing *growing, uint64_t offset, uint64_t word)
{
	assert_int_equal(pwrite(growing->file, &word, sizeof word, (off_t)offset), sizeof word);
}

static uint64_t word_at(const struct growing *growing, uint64_t offset)
{
	uint64_t word;
	memcpy(&word, growing->builder->bytes + offset, sizeof word);
	return word;
}

TEST(each_record_once)
{
	struct growing growing = start();
	assert_int_equal(look(&growing, 0), 0);
	assert_true(growing.seen.others > 0);
	for (unsigned i = 1; i <= 3000; i++) { /* several chunks */
		build_event(growing.builder, .path = "/tmp/x", .inode = i, .birth_ns = 5);
		if (i % 700 == 0) {
			save(&growing);
			assert_int_equal(look(&growing, SECOND), 700);
			assert_int_equal(growing.seen.last_inode, i);
		}
	}
	save(&growing);
	assert_int_equal(look(&growing, SECOND), 200);
	assert_int_equal(look(&growing, SECOND), 0);
	assert_int_equal(follow_state(growing.follow)->bad, 0);
	end(&growing);
}

TEST(unfinished_record_holds_up_no_other)
{
	struct growing growing = start();
	uint64_t first = (uint64_t)build_event(growing.builder, .path = "/tmp/a", .inode = 1) * 8;
	build_event(growing.builder, .path = "/tmp/b", .inode = 2);
	save(&growing);
	uint64_t word = word_at(&growing, first);
	word_set(&growing, first, word & 0xffffffff); /* its size; the type is written last */
	assert_int_equal(look(&growing, 0), 1);
	assert_int_equal(growing.seen.last_inode, 2);
	assert_int_equal(look(&growing, SECOND), 0);
	word_set(&growing, first, word);
	assert_int_equal(look(&growing, SECOND), 1);
	assert_int_equal(growing.seen.last_inode, 1);
	assert_int_equal(look(&growing, SECOND), 0);
	end(&growing);
}

TEST(reserved_space_is_passed_after_a_while)
{
	struct growing growing = start();
	uint64_t first = (uint64_t)build_event(growing.builder, .path = "/tmp/a", .inode = 1) * 8;
	uint64_t second = (uint64_t)build_event(growing.builder, .path = "/tmp/b", .inode = 2) * 8;
	build_event(growing.builder, .path = "/tmp/c", .inode = 3);
	save(&growing);
	char *record = growing.builder->bytes + first, zeros[256] = {0};
	assert_int_equal(pwrite(growing.file, zeros, second - first, (off_t)first), second - first);
	assert_int_equal(look(&growing, 0), 0); /* its writer may be about to begin */
	assert_int_equal(look(&growing, SECOND), 2);
	/* The writer was slow and writes it now. */
	assert_int_equal(pwrite(growing.file, record, second - first, (off_t)first), second - first);
	assert_int_equal(look(&growing, SECOND), 1);
	assert_int_equal(growing.seen.last_inode, 1);
	end(&growing);
}

TEST(chunk_begun_late)
{
	struct growing growing = start();
	build_event(growing.builder, .path = "/tmp/a", .inode = 1);
	growing.builder->chunk = 0; /* the next record opens another */
	build_event(growing.builder, .path = "/tmp/b", .inode = 2);
	uint64_t late = growing.builder->chunk;
	growing.builder->chunk = 0;
	build_event(growing.builder, .path = "/tmp/c", .inode = 3);
	save(&growing);
	char *chunk = growing.builder->bytes + late, zeros[65536] = {0};
	assert_int_equal(pwrite(growing.file, zeros, sizeof zeros, (off_t)late), sizeof zeros);
	assert_int_equal(look(&growing, 0), 2);
	assert_int_equal(look(&growing, SECOND), 0);
	assert_int_equal(pwrite(growing.file, chunk, sizeof zeros, (off_t)late), sizeof zeros);
	assert_int_equal(look(&growing, SECOND), 1);
	assert_int_equal(growing.seen.last_inode, 2);
	assert_int_equal(look(&growing, SECOND), 0);
	end(&growing);
}

TEST(broken_record_costs_its_chunk_only)
{
	struct growing growing = start();
	build_event(growing.builder, .path = "/tmp/a", .inode = 1);
	uint64_t broken = (uint64_t)build_event(growing.builder, .path = "/tmp/b", .inode = 2) * 8;
	growing.builder->chunk = 0;
	build_event(growing.builder, .path = "/tmp/c", .inode = 3);
	save(&growing);
	word_set(&growing, broken, 0x700000007);
	assert_int_equal(look(&growing, 0), 2);
	assert_int_equal(follow_state(growing.follow)->bad, 1);
	end(&growing);
}

TEST(file_that_shrinks)
{
	struct growing growing = start();
	build_event(growing.builder, .path = "/tmp/a", .inode = 1);
	save(&growing);
	assert_int_equal(look(&growing, 0), 1);
	assert_int_equal(ftruncate(growing.file, 5000), 0);
	assert_int_equal(look(&growing, SECOND), 0);
	assert_true(follow_state(growing.follow)->truncated);
	assert_int_equal(ftruncate(growing.file, 100), 0);
	assert_int_equal(look(&growing, SECOND), 0);
	assert_true(follow_state(growing.follow)->truncated);
	end(&growing);
}

TEST(reference_leads_to_a_whole_record_or_nowhere)
{
	struct growing growing = start();
	struct arena *arena = arena_new();
	uint32_t size, string = build_string(growing.builder, "/work");
	save(&growing);
	const struct journal_string *found =
		follow_record(growing.follow, arena, string, RECORD_STRING, sizeof *found, &size);
	assert_non_null(found);
	assert_int_equal(found->length, 5);
	assert_memory_equal(found + 1, "/work", 5);
	assert_null(follow_record(growing.follow, arena, string, RECORD_STACK, sizeof(struct journal_stack), &size));
	assert_null(follow_record(growing.follow, arena, string + 1, RECORD_STRING, sizeof *found, &size));
	assert_null(follow_record(growing.follow, arena, 0, RECORD_STRING, sizeof *found, &size));
	assert_null(follow_record(growing.follow, arena, UINT32_MAX, RECORD_STRING, sizeof *found, &size));
	arena_free(arena);
	end(&growing);
}

/* Changes words at random: the reader must end, and read no byte outside of the file (the sanitizers check that). */
TEST(mutated_journals_end)
{
	struct growing growing = start();
	srand(7);
	for (unsigned i = 1; i <= 40; i++)
		build_event(growing.builder, .path = "/tmp/x", .inode = i, .birth_ns = 5);
	save(&growing);
	for (int round = 0; round < MUTATIONS; round++) {
		save(&growing);
		for (int i = 0; i < 4; i++)
			word_set(&growing, 32 + (uint64_t)rand() % 1200 * 8, (uint64_t)rand() >> rand() % 30);
		struct follow *follow = follow_open(growing.file, "x.data");
		struct seen seen = {0};
		for (int i = 0; follow && i < 4; i++)
			follow_read(follow, (uint64_t)i * SECOND, 1 << 20, see, &seen);
		if (follow)
			follow_close(follow);
	}
	end(&growing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_record_once),
		cmocka_unit_test(unfinished_record_holds_up_no_other),
		cmocka_unit_test(reserved_space_is_passed_after_a_while),
		cmocka_unit_test(chunk_begun_late),
		cmocka_unit_test(broken_record_costs_its_chunk_only),
		cmocka_unit_test(file_that_shrinks),
		cmocka_unit_test(reference_leads_to_a_whole_record_or_nowhere),
		cmocka_unit_test(mutated_journals_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
