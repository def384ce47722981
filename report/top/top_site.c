/*
 * top_site.c - one site in full: what it made, its stacks as the text report has them, its owner, its pages.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "frames/languages.h"
#include "journal/function_names.h"
#include "model/process_model.h"
#include "render/text/text_stack.h"
#include "top/top_view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESS_SHOWN = 160 };

static const char *process_shown(struct top *top, const struct process *process)
{
	const char *out = "";
	for (size_t i = 0; i < process->argc && strlen(out) < PROCESS_SHOWN; i++)
		out = arena_format(top->frame, "%s%s%s", out, i ? " " : "", text_shown(top->frame, process->argv[i]));
	if (!*out)
		out = text_shown(top->frame, process->exe.size ? process->exe : text_of("?"));
	return arena_format(top->frame, "%s (pid %u)", out, process->pid);
}

static const char *age_of(struct top *top, uint64_t made_ns)
{
	return amount_time(top->frame, made_ns < top->now_ns ? top->now_ns - made_ns : 0);
}

static void tell_page(struct top *top, FILE *out, const char *label, struct live_entry *entry)
{
	struct text_stack_style style = {.arena = top->frame, .cwd = live_journal(top->live)->cwd};
	static const char *const standings[STANDINGS] = {"", "  (kept: nothing says that it is a page)", "  (excluded)",
							 "  (moved to a lasting name)"};
	const struct page *page = &entry->tracked.page;
	const char *bytes = entry->looked ? amount_bytes(top->frame, page->bytes) : "?";
	fprintf(out, "  %-8s %8s  %10s  %s%s%s\n", label, age_of(top, page->made->time_ns), bytes,
		text_stack_path(&style, page->path), standings[entry->standing], entry->missing ? "  (not found)" : "");
}

static void tell_pages(struct top *top, FILE *out, const struct live_site *site)
{
	struct live_entry *entry = site->newest;
	uint64_t all = 0;
	for (int i = 0; i < STANDINGS; i++)
		all += site->tally[i].live;
	for (int i = 0; entry && i < TOP_PAGES_SHOWN; i++, entry = entry->older)
		tell_page(top, out, i ? "" : "newest", entry);
	if (all <= TOP_PAGES_SHOWN)
		return;
	entry = site->oldest;
	for (uint64_t i = 0; entry && i < TOP_PAGES_SHOWN && i < all - TOP_PAGES_SHOWN; i++, entry = entry->newer)
		tell_page(top, out, i ? "" : "oldest", entry);
}

static void tell_growth(struct top *top, FILE *out, const struct row *row)
{
	const struct growth *growth = live_growth(top->live, row->site);
	fprintf(out, "  %-8s %s %s there, %s%s", "now", amount_whole(top->frame, row->tally.live),
		row->tally.live == 1 ? "page" : "pages", row->tally.looked < row->tally.live ? "about " : "",
		amount_bytes(top->frame, row->bytes));
	if (row->tally.looked < row->tally.live)
		fprintf(out, " (%s of them looked at)", amount_whole(top->frame, row->tally.looked));
	uint64_t most = growth->high > row->tally.live ? growth->high : row->tally.live;
	fprintf(out, ", %s a second, at most %s so far\n", amount_rate(top->frame, row->rate),
		amount_whole(top->frame, most));
	if (row->trend == TREND_GROWS)
		fprintf(out, "  %-8s for %s, from %s, and never fell: a leak looks like this\n", "grows",
			amount_time(top->frame, row->unfallen_ns), amount_whole(top->frame, growth->floor));
	else if (row->trend == TREND_RISES)
		fprintf(out, "  %-8s it falls at times, and its lowest of each 15 seconds only rises\n", "rises");
}

static void tell_counts(struct top *top, FILE *out, const struct live_tally *tally)
{
	fprintf(out, "  %-8s %s made, %s released", "so far", amount_whole(top->frame, tally->created),
		amount_whole(top->frame, tally->released));
	if (tally->replaced)
		fprintf(out, ", %s replaced", amount_whole(top->frame, tally->replaced));
	if (tally->adopted)
		fprintf(out, ", %s moved to a lasting name", amount_whole(top->frame, tally->adopted));
	if (tally->vanished)
		fprintf(out, ", %s vanished (no audited process removed them)",
			amount_whole(top->frame, tally->vanished));
	fputc('\n', out);
}

static void tell(struct top *top, FILE *out, const struct row *row)
{
	struct live_site *site = row->site;
	struct text_stack_style style = {
		.arena = top->frame, .out = out, .all_frames = top->all_frames, .cwd = live_journal(top->live)->cwd};
	tell_growth(top, out, row);
	tell_counts(top, out, &row->tally);
	if (site->process)
		fprintf(out, "  %-8s %s\n", "owner", process_shown(top, site->process));
	fprintf(out, "  %-8s %s\n", "made by", function_names_at(site->api));
	text_stack_script(&style, language_of(site->script)->name, site->script);
	text_stack_native(&style, "native", symbols_stack(live_symbols(top->live), site->native), site->script);
	tell_pages(top, out, site);
}

const char **top_site_lines(struct top *top)
{
	char *text = NULL;
	size_t size = 0, count = 0;
	const struct row *row = top->row_count ? &top->rows[top_selected(top)] : NULL;
	FILE *out = row ? open_memstream(&text, &size) : NULL;
	if (out) {
		tell(top, out, row);
		fclose(out);
	}
	const char *copy = arena_copy(top->frame, text ? text : "", size);
	free(text);
	for (size_t i = 0; i < size; i++)
		count += copy[i] == '\n';
	const char **lines = arena_take(top->frame, (count + 1) * sizeof *lines);
	char *at = (char *)copy;
	for (size_t i = 0; i < count; i++) {
		lines[i] = at;
		at += strcspn(at, "\n");
		*at++ = 0;
	}
	return lines;
}

void top_draw_site(struct top *top, struct screen *screen, int at_row, int rows)
{
	const char **lines = top_site_lines(top);
	int count = 0;
	while (lines[count])
		count++;
	struct live_site *site = top->row_count ? top->rows[top_selected(top)].site : NULL;
	screen_paint(screen, at_row, 0, screen->columns, STYLE_HEADING);
	int at = site ? screen_put(screen, at_row, 0, screen->columns, STYLE_HEADING, top_place(top, site)) + 2 : 0;
	if (site)
		screen_put(screen, at_row, at, screen->columns - at, STYLE_HEADING, top_template(top, site));
	if (top->scroll > count - rows + 1)
		top->scroll = count - rows + 1;
	if (top->scroll < 0)
		top->scroll = 0;
	top->visible = rows > 1 ? (size_t)rows - 1 : 1;
	for (int i = 0; i + 1 < rows && top->scroll + i < count; i++) {
		const char *line = lines[top->scroll + i];
		screen_put(screen, at_row + 1 + i, 0, screen->columns, STYLE_PLAIN, line);
		if (!strncmp(line, "  grows", 7))
			screen_paint(screen, at_row + 1 + i, 0, screen->columns, STYLE_LEAK);
		else if (strlen(line) > 10 && line[2] != ' ')
			screen_paint(screen, at_row + 1 + i, 2, 8, STYLE_STRONG);
	}
	int more = count - top->scroll - rows + 1;
	if (more > 0)
		screen_put_right(screen, at_row + rows - 1, 0, screen->columns, STYLE_FAINT,
				 arena_format(top->frame, " %d more line%s", more, more == 1 ? "" : "s"));
}
