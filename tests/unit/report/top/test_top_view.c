/*
 * test_top_view.c - the live view: rows, screens of any size, keys.
 */
#include "base/arena.h"
#include "format.h"
#include "top/screen.h"
#include "top/top_view.h"
#include "unit_test.h"
#include "watched.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct viewed {
	struct watched *watched;
	struct top top;
};

static struct viewed *viewed_new(void)
{
	struct viewed *viewed = calloc(1, sizeof *viewed);
	assert_non_null(viewed);
	viewed->watched = watched_new(NULL, NULL);
	viewed->top =
		(struct top){.live = viewed->watched->live, .name = "x.data", .frame = arena_new(), .delay_ms = 1000};
	top_init(&viewed->top);
	return viewed;
}

static void viewed_free(struct viewed *viewed)
{
	arena_free(viewed->top.frame);
	watched_free(viewed->watched);
	free(viewed);
}

/* A leak over two minutes, beside a site that removes its files. */
static struct viewed *leaking(void)
{
	struct viewed *w = viewed_new();
	uint32_t upload = build_python(w->watched->builder, "/work/server.py", "Handler.upload", 8),
		 spool = build_python(w->watched->builder, "/work/server.py", "Handler.spool", 12);
	for (unsigned i = 1; i <= 120; i++) {
		char path[64];
		snprintf(path, sizeof path, "/tmp/upload-%u.part", i);
		build_event(w->watched->builder, .path = path, .inode = i, .birth_ns = 5, .script = upload);
		build_event(w->watched->builder, .path = "/tmp/spool", .inode = 1000 + i, .birth_ns = 5,
			    .script = spool);
		build_event(w->watched->builder, .kind = EVENT_RELEASED, .path = "/tmp/spool", .inode = 1000 + i,
			    .birth_ns = 5);
		w->watched->builder->now += SECOND - 3000000;
	}
	watched_look(w->watched);
	w->top.now_ns = w->watched->builder->now + SECOND;
	top_refresh(&w->top);
	return w;
}

static const char *line_of(struct viewed *w, struct screen *screen, int row)
{
	return screen_line(w->top.frame, screen, row);
}

TEST(history_is_in_the_journal)
{
	struct viewed *w = leaking();
	assert_int_equal(w->top.row_count, 2);
	struct row *row = &w->top.rows[0];
	assert_string_equal(top_place(&w->top, row->site), "Handler.upload  server.py:8");
	assert_string_equal(top_template(&w->top, row->site), "/tmp/upload-*.part");
	assert_int_equal(row->trend, TREND_GROWS);
	assert_true(row->unfallen_ns > 110 * SECOND);
	assert_true(row->rate > 0.8 && row->rate < 1.1);
	assert_int_equal(w->top.rows[1].tally.released, 120);
	assert_int_equal(w->top.rows[1].trend, TREND_STEADY);
	viewed_free(w);
}

TEST(table)
{
	struct viewed *w = leaking();
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
	viewed_free(w);
}

TEST(narrow_screen_shows_the_site)
{
	struct viewed *w = leaking();
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
	viewed_free(w);
}

TEST(totals_are_of_the_rows_listed)
{
	struct viewed *w = leaking();
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
	viewed_free(w);
}

/* Draws each page of the view on terminals of 0 to 30 rows and 0 to 210 columns. */
TEST(screens_of_any_size)
{
	struct viewed *w = leaking();
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
	viewed_free(w);
}

TEST(keys)
{
	struct viewed *w = leaking();
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
	viewed_free(w);
}

TEST(no_key_has_two_meanings)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_is_in_the_journal),    cmocka_unit_test(table),
		cmocka_unit_test(narrow_screen_shows_the_site), cmocka_unit_test(totals_are_of_the_rows_listed),
		cmocka_unit_test(screens_of_any_size),          cmocka_unit_test(keys),
		cmocka_unit_test(no_key_has_two_meanings),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
