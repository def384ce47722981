/*
 * top_keys.c - what the keys of `pageleak top` do: one row each, from which footer and help come as well.
 */
#include "top/top_view.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCROLL_FAR = 1 << 20 };

/* ---- moving ---- */

static void move(struct top *top, long by)
{
	if (top->page != PAGE_TABLE) {
		top->scroll += (int)by;
		return;
	}
	long at = (long)top_selected(top) + by, last = (long)top->row_count - 1;
	at = at > last ? last : at;
	at = at < 0 ? 0 : at;
	top->selected = top->row_count ? top->rows[at].site : NULL;
}

static void up(struct top *top)
{
	move(top, -1);
}

static void down(struct top *top)
{
	move(top, 1);
}

static void page_up(struct top *top)
{
	move(top, -(long)(top->visible ? top->visible : 1));
}

static void page_down(struct top *top)
{
	move(top, (long)(top->visible ? top->visible : 1));
}

static void home(struct top *top)
{
	move(top, -SCROLL_FAR);
	if (top->page == PAGE_TABLE)
		top->selected = NULL; /* the first row stays selected, whichever site moves there */
}

static void end(struct top *top)
{
	move(top, SCROLL_FAR);
}

static void open_site(struct top *top)
{
	if (top->page != PAGE_TABLE || !top->row_count)
		return;
	top->selected = top->rows[top_selected(top)].site;
	top->page = PAGE_SITE;
	top->scroll = 0;
}

static void back_or_quit(struct top *top)
{
	if (top->page == PAGE_TABLE)
		top->quit = true;
	top->page = PAGE_TABLE;
}

static void back(struct top *top)
{
	if (top->page != PAGE_TABLE)
		top->page = PAGE_TABLE;
	else
		top->filter[0] = 0;
}

/* ---- order ---- */

static void sort_by(struct top *top, long step)
{
	long at = top->sort - top_columns;
	do
		at = (at + step + COLUMN_COUNT) % COLUMN_COUNT;
	while (top_columns[at].letter == 'T'); /* says what +/s does */
	top->sort = &top_columns[at];
	top->reverse = false;
}

static void sort_left(struct top *top)
{
	sort_by(top, -1);
}

static void sort_right(struct top *top)
{
	sort_by(top, 1);
}

static void reverse(struct top *top)
{
	top->reverse = !top->reverse;
}

/* ---- the rest ---- */

static void pause_it(struct top *top)
{
	top->paused = !top->paused;
}

static void ask(struct top *top, enum top_question question, const char *answer)
{
	top->question = question;
	snprintf(top->answer, sizeof top->answer, "%s", answer);
}

static void ask_filter(struct top *top)
{
	ask(top, ASKS_FILTER, top->filter);
}

static void ask_delay(struct top *top)
{
	char seconds[32];
	snprintf(seconds, sizeof seconds, "%g", (double)top->delay_ms / 1000);
	ask(top, ASKS_DELAY, seconds);
}

static void show_kept(struct top *top)
{
	live_show_kept(top->live, !live_shows_kept(top->live));
	top->message =
		live_shows_kept(top->live) ? "what nothing says is a page is counted, too" : "only pages are counted";
}

static void all_frames(struct top *top)
{
	top->all_frames = !top->all_frames;
	if (top->page == PAGE_TABLE)
		open_site(top);
}

static void show_help(struct top *top)
{
	top->page = PAGE_HELP;
	top->scroll = 0;
}

const struct key top_keys[] = {
	{{TOP_ENTER, TOP_RIGHT},
	 "Enter",
	 "the selected site: its stacks, owner, newest and oldest pages",
	 "stack ",
	 NULL,
	 open_site},
	{{TOP_UP, 'k'}, "Up k", "the site above; a line up", NULL, NULL, up},
	{{TOP_DOWN, 'j'}, "Down j", "the site below; a line down", NULL, NULL, down},
	{{TOP_PAGE_UP}, "PgUp", "a screen up", NULL, NULL, page_up},
	{{TOP_PAGE_DOWN}, "PgDn", "a screen down", NULL, "more ", page_down},
	{{TOP_HOME, 'g'}, "Home g", "the first site, whichever that becomes", NULL, NULL, home},
	{{TOP_END}, "End", "the last site", NULL, NULL, end},
	{{'<', ','}, "<", "sort by the column to the left", NULL, NULL, sort_left},
	{{'>', '.'},
	 "< >",
	 "sort by the next column; or by a column's capital letter, below",
	 "sort ",
	 NULL,
	 sort_right},
	{{'r'}, "r", "reverse the order", "reverse ", NULL, reverse},
	{{'p', ' '},
	 "p",
	 "pause, and go on (Space does, too); nothing is lost meanwhile",
	 "pause ",
	 "pause ",
	 pause_it},
	{{'/'}, "/", "only sites whose place, names or program contain what you type", "filter ", NULL, ask_filter},
	{{'s'}, "s", "count what nothing says is a page, too (`kept`), or not", "kept ", NULL, show_kept},
	{{'d'}, "d", "change the seconds between looks", "delay ", NULL, ask_delay},
	{{'a'},
	 "a",
	 "a site's page: every frame of its stacks, or only the program's own",
	 NULL,
	 "all frames ",
	 all_frames},
	{{'h', '?', TOP_F1}, "h ?", "this help", "help ", "help ", show_help},
	{{TOP_ESCAPE, TOP_LEFT, TOP_BACKSPACE}, "Esc", "back; in the table: no filter", NULL, "back ", back},
	{{'q'}, "q", "back; in the table: quit", "quit ", NULL, back_or_quit},
	{{0}, NULL, NULL, NULL, NULL, NULL},
};

/* ---- answers ---- */

static void take_answer(struct top *top)
{
	if (top->question == ASKS_FILTER) {
		snprintf(top->filter, sizeof top->filter, "%s", top->answer);
	} else {
		char *end;
		double seconds = strtod(top->answer, &end);
		if (end == top->answer || *end || !(seconds >= 0.1 && seconds <= 86400)) {
			top->message = "0.1 to 86400 seconds are possible";
		} else {
			top->delay_ms = (long)(seconds * 1000 + 0.5);
			live_set_period(top->live, (uint64_t)top->delay_ms * 1000000);
		}
	}
	top->question = ASKS_NOTHING;
}

/* Takes back one character. */
static void erase(char *text)
{
	size_t size = strlen(text);
	while (size && ((unsigned char)text[size - 1] & 0xc0) == 0x80)
		size--;
	text[size ? size - 1 : 0] = 0;
}

static void type(struct top *top, int code)
{
	size_t size = strlen(top->answer);
	if (code == TOP_ENTER)
		take_answer(top);
	else if (code == TOP_ESCAPE)
		top->question = ASKS_NOTHING;
	else if (code == TOP_BACKSPACE)
		erase(top->answer);
	else if (code >= ' ' && code < 0x100 && code != 0x7f && size + 1 < sizeof top->answer) {
		top->answer[size] = (char)code;
		top->answer[size + 1] = 0;
	}
}

static bool moves(int code)
{
	return code == TOP_UP || code == TOP_DOWN || code == TOP_PAGE_UP || code == TOP_PAGE_DOWN || code == TOP_HOME ||
	       code == TOP_END;
}

void top_press(struct top *top, int code)
{
	top->message = "";
	if (code == TOP_REDRAW)
		return;
	if (top->question) {
		type(top, code);
		return;
	}
	if (top->page == PAGE_HELP && !moves(code)) {
		top->page = PAGE_TABLE;
		return;
	}
	for (const struct key *key = top_keys; key->name; key++)
		for (size_t i = 0; i < sizeof key->codes / sizeof *key->codes && key->codes[i]; i++)
			if (key->codes[i] == code) {
				key->act(top);
				return;
			}
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (top_columns[i].letter == code && code != 'T') {
			top->reverse = top->sort == &top_columns[i] && !top->reverse;
			top->sort = &top_columns[i];
		}
}
