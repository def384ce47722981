/*
 * test_live.c - what a growing journal says is there, by site.
 */
#include "format.h"
#include "journal/journal_state.h"
#include "live/live.h"
#include "unit_test.h"
#include "watched.h"
#include <sys/stat.h>

/* Sums the numbers of all sites. */
static struct live_tally sum(struct watched *watched)
{
	struct live_site *sites[16];
	struct live_tally all = {0};
	watched_look(watched);
	for (size_t i = live_sites(watched->live, sites); i-- > 0;) {
		struct live_tally one = live_shown(watched->live, sites[i]);
		all.live += one.live;
		all.created += one.created;
		all.released += one.released;
		all.replaced += one.replaced;
		all.adopted += one.adopted;
	}
	return all;
}

static struct live_site *only_site(struct watched *watched)
{
	struct live_site *sites[16];
	assert_int_equal(live_site_count(watched->live), 1);
	live_sites(watched->live, sites);
	return sites[0];
}

#define expect(watched, live_, created_, released_)                                                                    \
	do {                                                                                                           \
		struct live_tally tally_ = sum(watched);                                                               \
		assert_int_equal(tally_.live, live_);                                                                  \
		assert_int_equal(tally_.created, created_);                                                            \
		assert_int_equal(tally_.released, released_);                                                          \
	} while (0)

TEST(made_and_released)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	expect(w, 2, 2, 0);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	expect(w, 1, 2, 1);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "", .inode = 2, .birth_ns = 5);
	expect(w, 0, 2, 2);
	watched_free(w);
}

TEST(removal_that_is_read_first)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .shift_ns = -5000000);
	expect(w, 0, 1, 1);
	watched_free(w);
}

TEST(records_of_one_look_are_sorted_by_time)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .shift_ns = -5000000);
	expect(w, 0, 1, 1);
	watched_free(w);
}

TEST(inode_reused_within_a_tick)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	build_event(w->builder, .path = "/tmp/b", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	expect(w, 1, 2, 1);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .shift_ns = -1500000);
	expect(w, 1, 2, 1);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 1, .birth_ns = 5);
	expect(w, 0, 2, 2);
	watched_free(w);
}

TEST(files_that_are_kept_are_not_counted)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/work/out", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	live_show_kept(w->live, true);
	expect(w, 1, 1, 0);
	watched_free(w);
}

TEST(patterns_say_what_is_a_page)
{
	static const char *const pages[] = {"cache/*", NULL};
	struct watched *w = watched_new(NULL, pages);
	build_event(w->builder, .path = "/work/cache/1", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .path = "/tmp/a", .inode = 2, .birth_ns = 5);
	expect(w, 1, 1, 0);
	watched_free(w);
}

TEST(site_that_removes_its_others)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/work/1", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	build_event(w->builder, .path = "/work/2", .inode = 2, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/work/1", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	build_event(w->builder, .path = "/work/3", .inode = 3, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/work/2", .inode = 2, .birth_ns = 5);
	expect(w, 1, 3, 2);
	watched_free(w);
}

TEST(moved_to_a_lasting_name_and_back)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/work/out", .path2 = "/tmp/a", .inode = 1,
		    .birth_ns = 5);
	struct live_tally tally = sum(w);
	assert_int_equal(tally.live, 0);
	assert_int_equal(tally.adopted, 1);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/tmp/b", .path2 = "/work/out", .inode = 1,
		    .birth_ns = 5);
	assert_int_equal(sum(w).live, 1);
	watched_free(w);
}

TEST(renamed_over_another)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/tmp/a", .path2 = "/tmp/b", .inode = 2, .birth_ns = 5,
		    .replaced = 1, .replaced_birth_ns = 5);
	struct live_tally tally = sum(w);
	assert_int_equal(tally.live, 1);
	assert_int_equal(tally.replaced, 1);
	assert_string_equal(live_path(w->live, only_site(w)->oldest), "/tmp/a");
	watched_free(w);
}

TEST(renamed_directory_takes_its_contents_along)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(w->builder, .path = "/tmp/d/x", .inode = 2, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755);
	build_event(w->builder, .path = "/tmp/d", .inode = 3, .birth_ns = 5); /* another directory of the old name */
	watched_look(w);
	struct live_site *site = only_site(w);
	assert_string_equal(live_path(w->live, site->oldest), "/tmp/e");
	assert_string_equal(live_path(w->live, site->oldest->newer), "/tmp/e/x");
	assert_string_equal(live_path(w->live, site->newest), "/tmp/d");
	watched_free(w);
}

TEST(page_with_two_names)
{
	struct watched *w = watched_new(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_LINKED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .links = 2);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .links = 2);
	expect(w, 1, 1, 0);
	assert_string_equal(live_path(w->live, only_site(w)->oldest), "/tmp/b");
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 1, .birth_ns = 5);
	expect(w, 0, 1, 1);
	watched_free(w);
}

TEST(sizes_and_vanished_pages)
{
	static const struct fake_file files[] = {{"/tmp/a", 1, 5, 4096}, {"/tmp/c", 99, 5, 4096}, {NULL}};
	struct watched *w = watched_new(files, NULL);
	for (int i = 1; i <= 3; i++)
		build_event(w->builder, .path = (const char *[]){"/tmp/a", "/tmp/b", "/tmp/c"}[i - 1],
			    .inode = (uint64_t)i, .birth_ns = 5);
	watched_look(w);
	struct live_site *site = only_site(w);
	live_look(w->live, &site, 1, 100, SECOND);
	struct live_tally tally = live_shown(w->live, site);
	assert_int_equal(tally.live, 3); /* records of their removal may not be read yet */
	assert_int_equal(tally.looked, 1);
	assert_int_equal(live_bytes(&tally), 3 * 4096); /* estimated from those on disk */
	live_end(w->live);
	live_look(w->live, &site, 1, 100, SECOND);
	tally = live_shown(w->live, site);
	assert_int_equal(tally.live, 1);
	assert_int_equal(tally.vanished, 2);
	assert_int_equal(live_bytes(&tally), 4096);
	watched_free(w);
}

TEST(space_of_a_page_with_two_names_is_counted_once)
{
	static const struct fake_file files[] = {{"/tmp/a", 1, 5, 4096}, {"/tmp/b", 1, 5, 4096}, {NULL}};
	struct watched *w = watched_new(files, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_LINKED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .links = 2);
	watched_look(w);
	struct live_site *site = only_site(w);
	live_look(w->live, &site, 1, 100, SECOND);
	struct live_tally tally = live_shown(w->live, site);
	assert_int_equal(tally.live, 2);
	assert_int_equal(tally.looked, 2); /* the size is no estimate */
	assert_int_equal(live_bytes(&tally), 4096);
	watched_free(w);
}

TEST(programs_that_are_not_audited)
{
	struct watched *w = watched_new(NULL, NULL);
	struct journal_state *records = live_state(w->live);
	watched_look(w);
	assert_string_equal(journal_state_unseen(records, w->builder->now + 60 * SECOND), "");
	uint32_t failed = build_exec(w->builder, 1, 101, 100, "/bin/missing", 0);
	build_exec_failed(w->builder, failed, 101);
	build_exec(w->builder, 1, 102, 100, "/bin/seen", 0);
	build_process(w->builder, PROCESS_EXECED, 102, 100, 0, "/bin/seen", NULL);
	watched_look(w);
	assert_string_equal(journal_state_unseen(records, w->builder->now + 60 * SECOND), "");
	build_exec(w->builder, 1, 103, 100, "/bin/static", 0);
	watched_look(w);
	assert_string_equal(journal_state_unseen(records, w->builder->now + SECOND), "");
	assert_string_equal(journal_state_unseen(records, w->builder->now + 60 * SECOND), "static is not audited");
	size_t count;
	journal_state_running(records, &count);
	assert_int_equal(count, 2);
	build_exit(w->builder, 1, 0, EXIT_GONE);
	build_killed(w->builder, 1, 102, 100, 9);
	watched_look(w);
	journal_state_running(records, &count);
	assert_int_equal(count, 0);
	watched_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_and_released),
		cmocka_unit_test(removal_that_is_read_first),
		cmocka_unit_test(records_of_one_look_are_sorted_by_time),
		cmocka_unit_test(inode_reused_within_a_tick),
		cmocka_unit_test(files_that_are_kept_are_not_counted),
		cmocka_unit_test(patterns_say_what_is_a_page),
		cmocka_unit_test(site_that_removes_its_others),
		cmocka_unit_test(moved_to_a_lasting_name_and_back),
		cmocka_unit_test(renamed_over_another),
		cmocka_unit_test(renamed_directory_takes_its_contents_along),
		cmocka_unit_test(page_with_two_names),
		cmocka_unit_test(sizes_and_vanished_pages),
		cmocka_unit_test(space_of_a_page_with_two_names_is_counted_once),
		cmocka_unit_test(programs_that_are_not_audited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
