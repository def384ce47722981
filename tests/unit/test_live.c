/*
 * test_live.c - a growing journal to what is there by site, and what is drawn of it.
 */
#include "base/arena.h"
#include "build_journal.h"
#include "format.h"
#include "top/top_view.h"
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEST(name) static void name(void **state __attribute__((unused)))
#define SECOND UINT64_C(1000000000)

struct watched {
	struct builder *builder;
	int file;
	struct follow *follow;
	struct live *live;
	struct fake_disk disk;
	uint64_t clock_ns;
	struct top top;
};

static const char *const none[] = {NULL};

static void look(struct watched *watched)
{
	build_finish(watched->builder);
	assert_int_equal(pwrite(watched->file, watched->builder->bytes, watched->builder->size, 0),
			 watched->builder->size);
	watched->clock_ns += SECOND;
	while (live_read(watched->live, watched->clock_ns))
		;
	live_sample(watched->live, watched->builder->now + SECOND);
}

static struct watched *watch(const struct fake_file *files, const char *const *pages)
{
	struct watched *watched = calloc(1, sizeof *watched);
	watched->builder = build_new("/work");
	watched->file = memfd_create("journal", 0);
	build_finish(watched->builder);
	assert_int_equal(pwrite(watched->file, watched->builder->bytes, watched->builder->size, 0),
			 watched->builder->size);
	watched->disk = fake_disk(files);
	watched->follow = follow_open(watched->file, "x.data");
	struct live_options options = {.pages = pages ? pages : none,
				       .not_pages = none,
				       .debug_dirs = none,
				       .disk = &watched->disk.disk,
				       .period_ns = SECOND};
	watched->live = live_open(watched->follow, "x.data", &options);
	watched->top = (struct top){.live = watched->live, .name = "x.data", .frame = arena_new(), .delay_ms = 1000};
	top_init(&watched->top);
	return watched;
}

static void leave(struct watched *watched)
{
	arena_free(watched->top.frame);
	live_close(watched->live);
	follow_close(watched->follow);
	close(watched->file);
	build_free(watched->builder);
	free(watched);
}

/* The sum over all sites of what the view counts. */
static struct live_tally sum(struct watched *watched)
{
	struct live_site *sites[16];
	struct live_tally all = {0};
	look(watched);
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
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	expect(w, 2, 2, 0);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	expect(w, 1, 2, 1);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "", .inode = 2, .birth_ns = 5);
	expect(w, 0, 2, 2);
	leave(w);
}

TEST(a_release_that_is_read_first)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .shift_ns = -5000000);
	expect(w, 0, 1, 1);
	leave(w);
}

TEST(one_look_is_put_in_order_of_time)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .shift_ns = -5000000);
	expect(w, 0, 1, 1);
	leave(w);
}

TEST(an_identity_that_is_taken_again_within_a_tick)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	build_event(w->builder, .path = "/tmp/b", .inode = 1, .birth_ns = 5, .flags = EVENT_CERTAIN);
	expect(w, 1, 2, 1);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .shift_ns = -1500000);
	expect(w, 1, 2, 1);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 1, .birth_ns = 5);
	expect(w, 0, 2, 2);
	leave(w);
}

TEST(what_is_no_page_is_not_counted)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/work/out", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	live_show_kept(w->live, true);
	expect(w, 1, 1, 0);
	leave(w);
}

TEST(the_user_says_what_is_a_page)
{
	static const char *const pages[] = {"cache/*", NULL};
	struct watched *w = watch(NULL, pages);
	build_event(w->builder, .path = "/work/cache/1", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .path = "/tmp/a", .inode = 2, .birth_ns = 5);
	expect(w, 1, 1, 0);
	leave(w);
}

TEST(a_site_that_releases_the_others)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/work/1", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	build_event(w->builder, .path = "/work/2", .inode = 2, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/work/1", .inode = 1, .birth_ns = 5);
	expect(w, 0, 0, 0);
	build_event(w->builder, .path = "/work/3", .inode = 3, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/work/2", .inode = 2, .birth_ns = 5);
	expect(w, 1, 3, 2);
	leave(w);
}

TEST(moved_to_a_lasting_name_and_back)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/work/out", .path2 = "/tmp/a", .inode = 1,
		    .birth_ns = 5);
	struct live_tally tally = sum(w);
	assert_int_equal(tally.live, 0);
	assert_int_equal(tally.adopted, 1);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/tmp/b", .path2 = "/work/out", .inode = 1,
		    .birth_ns = 5);
	assert_int_equal(sum(w).live, 1);
	leave(w);
}

TEST(renamed_over_another)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .path = "/tmp/b", .inode = 2, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/tmp/a", .path2 = "/tmp/b", .inode = 2, .birth_ns = 5,
		    .replaced = 1, .replaced_birth_ns = 5);
	struct live_tally tally = sum(w);
	assert_int_equal(tally.live, 1);
	assert_int_equal(tally.replaced, 1);
	assert_string_equal(live_path(w->live, only_site(w)->oldest), "/tmp/a");
	leave(w);
}

TEST(a_directory_takes_what_is_in_it_along)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755);
	build_event(w->builder, .path = "/tmp/d/x", .inode = 2, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755);
	build_event(w->builder, .path = "/tmp/d", .inode = 3, .birth_ns = 5); /* not the same one */
	look(w);
	struct live_site *site = only_site(w);
	assert_string_equal(live_path(w->live, site->oldest), "/tmp/e");
	assert_string_equal(live_path(w->live, site->oldest->newer), "/tmp/e/x");
	assert_string_equal(live_path(w->live, site->newest), "/tmp/d");
	leave(w);
}

TEST(a_second_name)
{
	struct watched *w = watch(NULL, NULL);
	build_event(w->builder, .path = "/tmp/a", .inode = 1, .birth_ns = 5);
	build_event(w->builder, .kind = EVENT_LINKED, .path = "/tmp/b", .path2 = "/tmp/a", .inode = 1, .birth_ns = 5,
		    .links = 2);
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/a", .inode = 1, .birth_ns = 5, .links = 2);
	expect(w, 1, 1, 0);
	assert_string_equal(live_path(w->live, only_site(w)->oldest), "/tmp/b");
	build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/b", .inode = 1, .birth_ns = 5);
	expect(w, 0, 1, 1);
	leave(w);
}

TEST(sizes_and_what_vanished)
{
	static const struct fake_file files[] = {{"/tmp/a", 1, 5, 4096}, {"/tmp/c", 99, 5, 4096}, {NULL}};
	struct watched *w = watch(files, NULL);
	for (int i = 1; i <= 3; i++)
		build_event(w->builder, .path = (const char *[]){"/tmp/a", "/tmp/b", "/tmp/c"}[i - 1],
			    .inode = (uint64_t)i, .birth_ns = 5);
	look(w);
	struct live_site *site = only_site(w);
	live_look(w->live, &site, 1, 100, SECOND);
	struct live_tally tally = live_shown(w->live, site);
	assert_int_equal(tally.live, 3); /* their removal may be on record, unread */
	assert_int_equal(tally.looked, 1);
	assert_int_equal(live_bytes(&tally), 3 * 4096); /* as far as those that were looked at tell */
	live_end(w->live);
	live_look(w->live, &site, 1, 100, SECOND);
	tally = live_shown(w->live, site);
	assert_int_equal(tally.live, 1);
	assert_int_equal(tally.vanished, 2);
	assert_int_equal(live_bytes(&tally), 4096);
	leave(w);
}

/* A leak over two minutes, beside a site that tidies up. */
static struct watched *leaking(void)
{
	struct watched *w = watch(NULL, NULL);
	uint32_t upload = build_python(w->builder, "/work/server.py", "Handler.upload", 8),
		 spool = build_python(w->builder, "/work/server.py", "Handler.spool", 12);
	for (unsigned i = 1; i <= 120; i++) {
		char path[64];
		snprintf(path, sizeof path, "/tmp/upload-%u.part", i);
		build_event(w->builder, .path = path, .inode = i, .birth_ns = 5, .script = upload);
		build_event(w->builder, .path = "/tmp/spool", .inode = 1000 + i, .birth_ns = 5, .script = spool);
		build_event(w->builder, .kind = EVENT_RELEASED, .path = "/tmp/spool", .inode = 1000 + i, .birth_ns = 5);
		w->builder->now += SECOND - 3000000;
	}
	look(w);
	w->top.now_ns = w->builder->now + SECOND;
	top_refresh(&w->top);
	return w;
}

static const char *line_of(struct watched *w, struct screen *screen, int row)
{
	return screen_line(w->top.frame, screen, row);
}

TEST(the_history_is_in_the_journal)
{
	struct watched *w = leaking();
	assert_int_equal(w->top.row_count, 2);
	struct row *row = &w->top.rows[0];
	assert_string_equal(top_place(&w->top, row->site), "Handler.upload  server.py:8");
	assert_string_equal(top_template(&w->top, row->site), "/tmp/upload-*.part");
	assert_int_equal(row->trend, TREND_GROWS);
	assert_true(row->unfallen_ns > 110 * SECOND);
	assert_true(row->rate > 0.8 && row->rate < 1.1);
	assert_int_equal(w->top.rows[1].tally.released, 120);
	assert_int_equal(w->top.rows[1].trend, TREND_STEADY);
	leave(w);
}

TEST(the_table)
{
	struct watched *w = leaking();
	struct screen screen = screen_new(w->top.frame, 24, 80, true);
	top_draw(&w->top, &screen);
	assert_non_null(strstr(line_of(w, &screen, 0), "pageleak top"));
	assert_non_null(strstr(line_of(w, &screen, 1), "120 pages"));
	assert_string_equal(line_of(w, &screen, 3), "   GROWS   LIVE       BYTES     +/s    AGE TREND    SITE");
	const char *first = line_of(w, &screen, 4);
	assert_true(!strncmp(first, "▲", 3) && strstr(first, "120") &&
		    strstr(first, "▁▂▃▄▅▆▇█ Handler.upload  server.py:8"));
	assert_int_equal(screen_at(&screen, 4, 5)->style, STYLE_SELECTED_LEAK);
	assert_non_null(strstr(line_of(w, &screen, 23), "quit"));
	struct screen plain = screen_new(w->top.frame, 24, 80, false);
	top_draw(&w->top, &plain);
	assert_true(!strncmp(line_of(w, &plain, 4), "^ ", 2) && strstr(line_of(w, &plain, 4), "_.:-=+*#"));
	leave(w);
}

TEST(the_site_stays_on_a_narrow_screen)
{
	struct watched *w = leaking();
	for (int columns = 20; columns < 130; columns++) {
		struct screen screen = screen_new(w->top.frame, 24, columns, false);
		top_draw(&w->top, &screen);
		assert_non_null(strstr(line_of(w, &screen, 3), "LIVE"));
		assert_non_null(strstr(line_of(w, &screen, 3), "SITE"));
		assert_non_null(strstr(line_of(w, &screen, 4), "Handler.upl"));
	}
	struct screen screen = screen_new(w->top.frame, 24, 50, false);
	top_draw(&w->top, &screen);
	assert_string_equal(line_of(w, &screen, 3), "   GROWS   LIVE     +/s SITE");
	leave(w);
}

TEST(totals_are_of_what_is_listed)
{
	struct watched *w = leaking();
	struct screen screen = screen_new(w->top.frame, 24, 120, false);
	top_draw(&w->top, &screen);
	assert_non_null(
		strstr(line_of(w, &screen, 1), "120 pages, ~0 B  +1.00/s  made 2.00/s  gone 1.00/s  events 3.00/s"));
	snprintf(w->top.filter, sizeof w->top.filter, "spool");
	top_refresh(&w->top);
	screen = screen_new(w->top.frame, 24, 120, false);
	top_draw(&w->top, &screen);
	assert_non_null(
		strstr(line_of(w, &screen, 1), "0 pages, 0 B  0/s  of all: made 2.00/s  gone 1.00/s  events 3.00/s"));
	assert_int_equal(screen_at(&screen, 1, 0)->style, STYLE_STRONG);
	snprintf(w->top.filter, sizeof w->top.filter, "upload");
	top_refresh(&w->top);
	screen = screen_new(w->top.frame, 24, 120, false);
	top_draw(&w->top, &screen);
	assert_non_null(strstr(line_of(w, &screen, 1), "120 pages, ~0 B  +1.00/s  of all: made"));
	assert_int_equal(screen_at(&screen, 1, 0)->style, STYLE_LEAK);
	leave(w);
}

/* No size of a terminal does harm. */
TEST(any_size)
{
	struct watched *w = leaking();
	static const int codes[] = {0, TOP_ENTER, TOP_ESCAPE, 'h', 'x', '/', 'z', TOP_ENTER};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		top_press(&w->top, codes[i]);
		top_refresh(&w->top);
		for (int rows = 0; rows < 30; rows += rows < 8 ? 1 : 5)
			for (int columns = 0; columns < 210; columns += columns < 20 ? 1 : 13) {
				struct screen screen = screen_new(w->top.frame, rows, columns, columns % 2);
				top_draw(&w->top, &screen);
				top_draw_plain(&w->top, &screen);
			}
	}
	leave(w);
}

TEST(keys)
{
	struct watched *w = leaking();
	struct top *top = &w->top;
	top_press(top, TOP_DOWN);
	assert_int_equal(top_selected(top), 1);
	top_press(top, TOP_DOWN);
	assert_int_equal(top_selected(top), 1);
	top_press(top, 'M'); /* both made 120: more live ones first */
	assert_int_equal(top->sort->letter, 'M');
	top_press(top, 'M');
	assert_true(top->reverse);
	top_press(top, '<');
	assert_int_equal(top->sort->letter, 'S');
	top_press(top, 'R');
	top_refresh(top);
	assert_int_equal(top->rows[0].tally.released, 120);
	top_press(top, '/');
	for (const char *at = "uplo"; *at; at++)
		top_press(top, *at);
	top_press(top, 'X');
	top_press(top, TOP_BACKSPACE);
	top_press(top, TOP_ENTER);
	top_refresh(top);
	assert_int_equal(top->row_count, 1);
	assert_int_equal(top->hidden, 1);
	top_press(top, TOP_ENTER);
	assert_int_equal(top->page, PAGE_SITE);
	const char **lines = top_site_lines(top);
	bool grows = false, stack = false, newest = false;
	for (; *lines; lines++) {
		grows |= strstr(*lines, "never fell") != NULL;
		stack |= strstr(*lines, "Python   Handler.upload") != NULL;
		newest |= strstr(*lines, "/tmp/upload-120.part") != NULL;
	}
	assert_true(grows && stack && newest);
	top_press(top, 'q');
	assert_int_equal(top->page, PAGE_TABLE);
	top_press(top, 'd');
	top_press(top, TOP_BACKSPACE);
	top_press(top, '2');
	top_press(top, '.');
	top_press(top, '5');
	top_press(top, TOP_ENTER);
	assert_int_equal(top->delay_ms, 2500);
	top_press(top, 'd');
	top_press(top, 'x');
	top_press(top, TOP_ENTER);
	assert_int_equal(top->delay_ms, 2500);
	assert_non_null(strstr(top->message, "seconds are possible"));
	top_press(top, 'p');
	assert_true(top->paused);
	top_press(top, 'q');
	assert_true(top->quit);
	leave(w);
}

TEST(no_key_is_told_twice)
{
	for (const struct key *key = top_keys; key->name; key++)
		for (const struct key *other = key + 1; other->name; other++)
			for (int i = 0; i < 4 && key->codes[i]; i++)
				for (int k = 0; k < 4 && other->codes[k]; k++)
					assert_int_not_equal(key->codes[i], other->codes[k]);
	for (const struct key *key = top_keys; key->name; key++)
		for (int i = 0; i < 4 && key->codes[i]; i++)
			for (int column = 0; column < COLUMN_COUNT; column++)
				assert_int_not_equal(key->codes[i], top_columns[column].letter);
}

TEST(programs_that_are_not_audited)
{
	struct watched *w = watch(NULL, NULL);
	struct references *references = live_references(w->live);
	look(w);
	assert_string_equal(references_unseen(references, w->builder->now + 60 * SECOND), "");
	uint32_t failed = build_exec(w->builder, 1, 101, 100, "/bin/missing", 0);
	build_exec_failed(w->builder, failed, 101);
	build_exec(w->builder, 1, 102, 100, "/bin/seen", 0);
	build_process(w->builder, PROCESS_EXECED, 102, 100, 0, "/bin/seen", NULL);
	look(w);
	assert_string_equal(references_unseen(references, w->builder->now + 60 * SECOND), "");
	build_exec(w->builder, 1, 103, 100, "/bin/static", 0);
	look(w);
	assert_string_equal(references_unseen(references, w->builder->now + SECOND), "");
	assert_string_equal(references_unseen(references, w->builder->now + 60 * SECOND), "static is not audited");
	size_t count;
	references_running(references, &count);
	assert_int_equal(count, 2);
	build_exit(w->builder, 1, 0, EXIT_GONE);
	build_killed(w->builder, 1, 102, 100, 9);
	look(w);
	references_running(references, &count);
	assert_int_equal(count, 0);
	leave(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_and_released),
		cmocka_unit_test(a_release_that_is_read_first),
		cmocka_unit_test(one_look_is_put_in_order_of_time),
		cmocka_unit_test(an_identity_that_is_taken_again_within_a_tick),
		cmocka_unit_test(what_is_no_page_is_not_counted),
		cmocka_unit_test(the_user_says_what_is_a_page),
		cmocka_unit_test(a_site_that_releases_the_others),
		cmocka_unit_test(moved_to_a_lasting_name_and_back),
		cmocka_unit_test(renamed_over_another),
		cmocka_unit_test(a_directory_takes_what_is_in_it_along),
		cmocka_unit_test(a_second_name),
		cmocka_unit_test(sizes_and_what_vanished),
		cmocka_unit_test(the_history_is_in_the_journal),
		cmocka_unit_test(the_table),
		cmocka_unit_test(the_site_stays_on_a_narrow_screen),
		cmocka_unit_test(totals_are_of_what_is_listed),
		cmocka_unit_test(any_size),
		cmocka_unit_test(keys),
		cmocka_unit_test(no_key_is_told_twice),
		cmocka_unit_test(programs_that_are_not_audited),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
