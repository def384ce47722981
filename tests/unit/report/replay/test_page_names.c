/*
 * test_page_names.c - the names of one page.
 */
#include "base/arena.h"
#include "base/text.h"
#include "replay/page_names.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>

enum { PLACES = 60 };

static struct place_name place_of(int number)
{
	static char names[PLACES][8], directories[4];
	snprintf(names[number], sizeof names[number], "n%d", number / 4);
	return (struct place_name){(struct directory *)(void *)&directories[number % 4], text_of(names[number])};
}

/* Checks that the page has the names of `there` and no others, by search and by list. */
static void expect_names(const struct names_index *index, struct page_names *names, const bool there[PLACES])
{
	unsigned count = 0, listed = 0;
	for (int i = 0; i < PLACES; i++) {
		const struct name_entry *entry = page_names_at(index, names, place_of(i));
		assert_int_equal(entry != NULL, there[i]);
		assert_true(!entry || directory_tree_same(entry->place, place_of(i)));
		count += there[i];
	}
	for (const struct name_entry *at = &names->first; at; at = at->next)
		listed += at->place.directory != NULL;
	assert_int_equal(names->count, count);
	assert_int_equal(listed, count);
}

/* Adds, moves and removes names of two pages at random; lists get short and long. Some move to a name that is there. */
TEST(names_come_move_and_go)
{
	struct arena *arena = arena_new();
	struct names_index index = {.arena = arena};
	struct page_names names[2] = {0};
	bool there[2][PLACES] = {0};
	unsigned seed = 1;
	for (int step = 0; step < 20000; step++) {
		int which = rand_r(&seed) % 2, number = rand_r(&seed) % (step % 2000 < 1000 ? PLACES : 10),
		    other = rand_r(&seed) % PLACES;
		struct name_entry *entry = page_names_at(&index, &names[which], place_of(number));
		bool removes = rand_r(&seed) % 3 == 0;
		if (!entry || rand_r(&seed) % 4 == 0) {
			page_names_add(&index, &names[which], place_of(number));
			there[which][number] = true;
		} else if (removes) {
			page_names_drop(&index, &names[which], entry);
			there[which][number] = false;
		} else {
			page_names_move(&index, &names[which], entry, place_of(other));
			there[which][number] = false;
			there[which][other] = true;
		}
		if (step % 50 == 0)
			expect_names(&index, &names[which], there[which]);
	}
	page_names_close(&index);
	arena_free(arena);
}

TEST(name_that_comes_and_goes_takes_no_memory)
{
	struct arena *arena = arena_new();
	struct names_index index = {.arena = arena};
	struct page_names names = {0};
	page_names_add(&index, &names, place_of(0));
	size_t before = 0;
	for (int i = 0; i < 100000; i++) {
		before = i == 1 ? arena_size(arena) : before;
		page_names_add(&index, &names, place_of(1));
		page_names_drop(&index, &names, page_names_at(&index, &names, place_of(1)));
	}
	assert_int_equal(names.count, 1);
	assert_null(names.first.next);
	assert_int_equal(arena_size(arena), before);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_move_and_go),
		cmocka_unit_test(name_that_comes_and_goes_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
