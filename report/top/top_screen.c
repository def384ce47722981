/*
 * top_screen.c - header, table, footer and help of `pageleak top`. Must not change what is shown, but where the table
 * begins.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "base/text.h"
#include "model/journal_model.h"
#include "top/sparkline.h"
#include "top/top_view.h"
#include <stdio.h>
#include <string.h>

enum { HEADER_ROWS = 3, TEMPLATE_LEAST = 8 };

/* ---- header ---- */

static const char *command_shown(struct top *top)
{
	const struct journal *journal = live_journal(top->live);
	const char *out = "";
	for (size_t i = 0; i < journal->command_count && strlen(out) < 200; i++)
		out = arena_format(top->frame, "%s%s%s", out, i ? " " : "",
				   text_shown(top->frame, journal->command[i]));
	return *out ? out : text_shown(top->frame, text_of(top->name));
}

static const char *pids_shown(struct top *top)
{
	const char *out = "";
	enum { SHOWN = 3 };
	for (size_t i = 0; i < top->running_count && i < SHOWN; i++)
		out = arena_format(top->frame, "%s%s%u", out, i ? " " : "pid ", top->running[i]->pid);
	if (top->running_count > SHOWN)
		out = arena_format(top->frame, "%s +%zu", out, top->running_count - SHOWN);
	return out;
}

/* Writes pieces one behind another and leaves out those that do not fit. */
static int put_piece(struct screen *screen, int row, int column, enum style style, const char *text)
{
	if (!*text || column + screen_width(screen, text) > screen->columns)
		return column;
	return column + screen_put(screen, row, column, screen->columns - column, style, text) + 2;
}

static void draw_title(struct top *top, struct screen *screen, bool plain)
{
	const struct journal *journal = live_journal(top->live);
	uint64_t ended_ns = journal->ended_ns ? journal->ended_ns : top->now_ns;
	const char *elapsed =
		ended_ns > journal->started_ns ? amount_time(top->frame, ended_ns - journal->started_ns) : "0s";
	const char *state = arena_format(top->frame, "%s%s%s, %s", pids_shown(top), top->running_count ? "  " : "",
					 top->state, elapsed);
	int right = screen_width(screen, state), room = screen->columns - right - 1;
	int column = screen_put(screen, 0, 0, screen->columns, STYLE_TITLE, "pageleak top") + 2;
	if (room > column)
		column += screen_put(screen, 0, column, room - column, STYLE_STRONG, command_shown(top)) + 2;
	if (plain) /* a file has no right edge */
		screen_put(screen, 0, column, screen->columns - column, STYLE_PLAIN, state);
	else
		screen_put_right(screen, 0, room > 0 ? room + 1 : 0, right, top->ended ? STYLE_WARNING : STYLE_GOOD,
				 state);
}

static const char *seconds(struct top *top, const char *what, double rate)
{
	const char *shown = amount_rate(top->frame, rate);
	return arena_format(top->frame, "%s %s/s", what, *shown == '+' ? shown + 1 : shown);
}

/* Sums over the rows that the filter lets through. */
struct listed {
	uint64_t bytes, live, vanished;
	bool sampled; /* bytes are an estimate: stat was called for a part of them */
	double rate;
	enum trend trend; /* the worst of all rows */
};

static struct listed listed_sum(const struct top *top)
{
	struct listed all = {.trend = TREND_STEADY};
	for (size_t i = 0; i < top->row_count; i++) {
		const struct row *row = &top->rows[i];
		all.bytes += row->bytes;
		all.live += row->tally.live;
		all.vanished += row->tally.vanished;
		all.sampled |= row->tally.looked < row->tally.live;
		all.rate += row->rate;
		all.trend = row->trend > all.trend ? row->trend : all.trend;
	}
	return all;
}

/* Numbers that are not kept by site are of all sites. The header says so while a filter is set. */
static void draw_totals(struct top *top, struct screen *screen)
{
	const struct live_totals *totals = live_totals(top->live);
	const struct live_sum *sum = live_sum(top->live);
	struct listed all = listed_sum(top);
	enum trend trend = top->hidden ? all.trend : growth_trend(&sum->growth);
	double rate = top->hidden ? all.rate : growth_rate(&sum->growth);
	uint64_t vanished = top->hidden ? all.vanished : sum->tally.vanished;
	enum style style = trend == TREND_GROWS ? STYLE_LEAK : trend == TREND_RISES ? STYLE_WARNING : STYLE_STRONG;
	int column = put_piece(screen, 1, 0, style,
			       arena_format(top->frame, "%s %s%s, %s%s", amount_whole(top->frame, all.live),
					    live_shows_kept(top->live) ? "entr" : "page",
					    live_shows_kept(top->live) ? all.live == 1 ? "y" : "ies"
					    : all.live == 1            ? ""
								       : "s",
					    all.sampled ? "~" : "", amount_bytes(top->frame, all.bytes)));
	column = put_piece(screen, 1, column, style, arena_format(top->frame, "%s/s", amount_rate(top->frame, rate)));
	if (vanished)
		column = put_piece(screen, 1, column, STYLE_WARNING,
				   arena_format(top->frame, "%s vanished", amount_whole(top->frame, vanished)));
	column = put_piece(screen, 1, column, STYLE_PLAIN,
			   seconds(top, top->hidden ? "of all: made" : "made", sum->created_rate));
	column = put_piece(screen, 1, column, STYLE_PLAIN, seconds(top, "gone", sum->released_rate));
	put_piece(screen, 1, column, STYLE_FAINT, seconds(top, "events", totals->event_rate));
}

static void draw_journal(struct top *top, struct screen *screen)
{
	const struct follow_state *state = follow_state(live_follow(top->live));
	double part = state->capacity ? (double)state->used / (double)state->capacity : 0;
	const char *unseen = journal_state_unseen(live_state(top->live), top->ended ? UINT64_MAX : top->now_ns);
	int column = put_piece(screen, 2, 0, part > 0.9 ? STYLE_WARNING : STYLE_FAINT,
			       arena_format(top->frame, "journal %.0f%% of %s", part * 100,
					    amount_bytes(top->frame, state->capacity)));
	if (state->truncated)
		column = put_piece(screen, 2, column, STYLE_WARNING, "the journal was cut short");
	if (state->bad)
		column = put_piece(screen, 2, column, STYLE_WARNING,
				   arena_format(top->frame, "%llu damaged", (unsigned long long)state->bad));
	if (top->filter[0])
		column =
			put_piece(screen, 2, column, STYLE_WARNING,
				  arena_format(top->frame, "filter: %s", text_shown(top->frame, text_of(top->filter))));
	if (*unseen)
		screen_put(screen, 2, column, screen->columns - column, STYLE_WARNING,
			   arena_format(top->frame, "incomplete: %s", unseen));
	else
		put_piece(screen, 2, column, STYLE_FAINT, "all processes audited");
}

/* ---- table ---- */

static bool is_shown(const struct column *column, const struct screen *screen)
{
	return screen->columns >= column->least;
}

static int width_of(const struct column *column, const struct screen *screen, int at)
{
	if (!column->width)
		return screen->columns - at;
	if (column->letter == 'T')
		return screen->columns < 100 ? 8 : screen->columns < 160 ? 16 : 32;
	return column->width;
}

static void draw_titles(struct top *top, struct screen *screen, int at_row)
{
	int at = 0;
	screen_paint(screen, at_row, 0, screen->columns, STYLE_HEADING);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		const struct column *column = &top_columns[i];
		if (!is_shown(column, screen))
			continue;
		int width = width_of(column, screen, at);
		enum style style = column == top->sort ? STYLE_SORTED : STYLE_HEADING;
		if (column == top->sort)
			screen_paint(screen, at_row, at, column->width ? width : screen_width(screen, column->title),
				     style);
		if (column->text)
			screen_put(screen, at_row, at, width, style, column->title);
		else
			screen_put_right(screen, at_row, at, width, style, column->title);
		at += width + 1;
	}
}

static const char *mark_of(enum trend trend, bool utf8)
{
	static const char *const marks[][2] = {
		[TREND_STEADY] = {" ", " "},
		[TREND_RISES] = {"/", "△"},
		[TREND_GROWS] = {"^", "▲"},
	};
	return marks[trend][utf8];
}

static enum style style_of(const struct row *row)
{
	return row->trend == TREND_GROWS   ? STYLE_LEAK
	       : row->trend == TREND_RISES ? STYLE_WARNING
	       : row->tally.live           ? STYLE_PLAIN
					   : STYLE_FAINT;
}

static void draw_trend(struct top *top, struct screen *screen, int at_row, int at, int width, const struct row *row)
{
	uint32_t samples[GROWTH_SAMPLES];
	char line[SPARKLINE_MAX * 3 + 1];
	unsigned count = growth_samples(live_growth(top->live, row->site), GROWTH_SAMPLES, samples);
	bool moved = false;
	for (unsigned i = 1; i < count; i++)
		moved |= samples[i] != samples[0];
	if (!moved && !row->tally.live)
		return;
	sparkline(samples, count, (size_t)width, screen->utf8, line);
	screen_put(screen, at_row, at, width,
		   row->trend == TREND_GROWS ? STYLE_LEAK
		   : moved                   ? STYLE_TREND
					     : STYLE_FAINT,
		   line);
}

static void draw_site_name(struct top *top, struct screen *screen, int at_row, int at, const struct row *row)
{
	const char *template = top_template(top, row->site);
	const char *place = top_place(top, row->site);
	enum style style = row->tally.live ? STYLE_PLAIN : STYLE_FAINT;
	at += screen_put(screen, at_row, at, screen->columns - at, style, place) + 2;
	if (screen->columns - at >= TEMPLATE_LEAST)
		screen_put(screen, at_row, at, screen->columns - at, STYLE_FAINT, template);
}

static void draw_row(struct top *top, struct screen *screen, int at_row, const struct row *row)
{
	int at = 0;
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		const struct column *column = &top_columns[i];
		if (!is_shown(column, screen))
			continue;
		int width = width_of(column, screen, at);
		if (column->letter == 'T')
			draw_trend(top, screen, at_row, at, width, row);
		else if (column->letter == 'N')
			draw_site_name(top, screen, at_row, at, row);
		else
			screen_put_right(screen, at_row, at, width,
					 i < 4 || !row->tally.live ? style_of(row) : STYLE_PLAIN,
					 column->shown(top, row));
		if (column->letter == 'G')
			screen_put(screen, at_row, at, 1, style_of(row), mark_of(row->trend, screen->utf8));
		at += width + 1;
	}
}

static void draw_nothing(struct top *top, struct screen *screen, int at_row)
{
	const struct live_totals *totals = live_totals(top->live);
	const char *text = top->hidden       ? "no site matches the filter"
			   : !totals->events ? "nothing was made yet"
					     : "nothing that was made so far is a page; s shows what else was made";
	screen_put(screen, at_row, 2, screen->columns - 2, STYLE_FAINT, text);
}

static void draw_table(struct top *top, struct screen *screen, int at_row, int rows)
{
	size_t selected = top_selected(top);
	top->visible = rows > 0 ? (size_t)rows : 0;
	if (!top->visible)
		return;
	if (selected < top->first)
		top->first = selected;
	if (selected >= top->first + top->visible)
		top->first = selected - top->visible + 1;
	if (top->first && top->first + top->visible > top->row_count)
		top->first = top->row_count > top->visible ? top->row_count - top->visible : 0;
	if (!top->row_count)
		draw_nothing(top, screen, at_row);
	for (size_t i = 0; i < top->visible && top->first + i < top->row_count; i++) {
		int row = at_row + (int)i;
		draw_row(top, screen, row, &top->rows[top->first + i]);
		if (top->first + i == selected)
			screen_paint(screen, row, 0, screen->columns,
				     top->rows[selected].trend == TREND_GROWS ? STYLE_SELECTED_LEAK : STYLE_SELECTED);
	}
}

/* ---- footer and help ---- */

static void draw_question(struct top *top, struct screen *screen, int row)
{
	const char *asked = top->question == ASKS_FILTER ? "filter (site, names or program; empty: all): "
							 : "seconds between looks: ";
	int at = screen_put(screen, row, 0, screen->columns, STYLE_STRONG, asked);
	at += screen_put(screen, row, at, screen->columns - at, STYLE_PLAIN,
			 text_shown(top->frame, text_of(top->answer)));
	screen_paint(screen, row, at, 1, STYLE_SELECTED);
}

static void draw_footer(struct top *top, struct screen *screen, int row)
{
	int at = 0;
	if (top->question) {
		draw_question(top, screen, row);
		return;
	}
	if (top->paused)
		at += screen_put(screen, row, at, screen->columns, STYLE_WARNING, "PAUSED") + 1;
	if (*top->message) {
		screen_put(screen, row, at, screen->columns - at, STYLE_WARNING, top->message);
		return;
	}
	for (const struct key *key = top_keys; key->name; key++) {
		const char *label = top->page == PAGE_SITE ? key->site_label : key->label;
		int width = label ? screen_width(screen, key->name) + screen_width(screen, label) : 0;
		if (!width || at + width > screen->columns)
			continue;
		at += screen_put(screen, row, at, screen->columns, STYLE_KEY, key->name);
		at += screen_put(screen, row, at, screen->columns, STYLE_LABEL, label) + 1;
	}
}

/* Writes a name and a text that may take several lines, without the lines scrolled past. Returns the next line. */
static int put_help(struct screen *screen, int line, int first, const char *name, const char *text)
{
	int left = 14, width = screen->columns - left - 1, last = screen->rows - 1;
	for (bool begins = true; *text && width > 10; begins = false, line++) {
		size_t size = strlen(text), part = size;
		if (size > (size_t)width)
			for (part = (size_t)width; part && text[part] != ' '; part--)
				;
		if (!part)
			part = (size_t)width;
		char shown[256];
		snprintf(shown, sizeof shown, "%.*s", (int)part, text);
		int row = 1 + line - first;
		if (row > 0 && row < last) {
			screen_put(screen, row, left, width, STYLE_PLAIN, shown);
			screen_put(screen, row, 1, left - 1, STYLE_KEY, begins ? name : "");
		}
		text += part;
		text += *text == ' ';
	}
	return line;
}

static int put_all_help(struct screen *screen, int first)
{
	int line = 0;
	for (const struct key *key = top_keys; key->name; key++)
		line = put_help(screen, line, first, key->name, key->help);
	line++;
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		char name[16];
		snprintf(name, sizeof name, "%c  %s", top_columns[i].letter == 'T' ? ' ' : top_columns[i].letter,
			 top_columns[i].title);
		line = put_help(screen, line, first, name, top_columns[i].help);
	}
	return line;
}

static void draw_help(struct top *top, struct screen *screen)
{
	struct screen nowhere = {0, screen->columns, screen->utf8, NULL};
	int most = put_all_help(&nowhere, 0) - (screen->rows - 2);
	if (top->scroll > most)
		top->scroll = most;
	if (top->scroll < 0)
		top->scroll = 0;
	top->visible = screen->rows > 3 ? (size_t)screen->rows - 3 : 1;
	screen_put(screen, 0, 0, screen->columns, STYLE_TITLE,
		   "pageleak top: keys, and columns with the letters that sort by them");
	put_all_help(screen, top->scroll);
	screen_put(screen, screen->rows - 1, 0, screen->columns, STYLE_LABEL,
		   top->scroll < most ? "Down PgDn: more; any other key: back" : "any key: back");
}

void top_draw(struct top *top, struct screen *screen)
{
	if (top->page == PAGE_HELP) {
		draw_help(top, screen);
		return;
	}
	draw_title(top, screen, false);
	draw_totals(top, screen);
	draw_journal(top, screen);
	if (top->page == PAGE_SITE) {
		top_draw_site(top, screen, HEADER_ROWS, screen->rows - HEADER_ROWS - 1);
	} else {
		draw_titles(top, screen, HEADER_ROWS);
		draw_table(top, screen, HEADER_ROWS + 1, screen->rows - HEADER_ROWS - 2);
	}
	draw_footer(top, screen, screen->rows - 1);
}

int top_plain_rows(const struct top *top)
{
	return HEADER_ROWS + 2 + (int)(top->row_count < 100000 ? top->row_count : 100000);
}

int top_draw_plain(struct top *top, struct screen *screen)
{
	int row = HEADER_ROWS + 1;
	draw_title(top, screen, true);
	draw_totals(top, screen);
	draw_journal(top, screen);
	draw_titles(top, screen, HEADER_ROWS);
	if (!top->row_count)
		draw_nothing(top, screen, row++);
	for (size_t i = 0; i < top->row_count && row < screen->rows; i++)
		draw_row(top, screen, row++, &top->rows[i]);
	return row;
}
