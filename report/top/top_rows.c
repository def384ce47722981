/*
 * top_rows.c - sites as rows: their names, the columns, order and filter. Must not draw.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "base/template.h"
#include "base/text.h"
#include "format.h"
#include "frames/languages.h"
#include "frames/own_frame.h"
#include "journal/function_names.h"
#include "model/stack_model.h"
#include "render/text/text_stack.h"
#include "top/sparkline.h"
#include "top/top_view.h"
#include <stdlib.h>
#include <string.h>

enum { TEMPLATE_PATHS = 12, NAME_SHOWN = 60, OLDEST_STEPS = 10000 };

/* ---- names ---- */

/* Path of a file below the directory of the audit, relative to it; of any other file its last component. */
static const char *file_shown(const struct text_stack_style *style, struct text file)
{
	struct text cwd = style->cwd;
	bool below =
		cwd.size > 1 && file.size > cwd.size && !memcmp(file.at, cwd.at, cwd.size) && file.at[cwd.size] == '/';
	return below || !text_starts(file, "/") ? text_stack_path(style, file)
						: text_shown(style->arena, text_basename(file));
}

static const char *named(const struct text_stack_style *style, struct text function, struct text file, int line)
{
	const char *name = text_stack_short(style, function, NAME_SHOWN);
	if (line > 0)
		return arena_format(style->arena, "%s  %s:%d", name, file_shown(style, file), line);
	return file.size ? arena_format(style->arena, "%s  %s", name, file_shown(style, file)) : name;
}

/* NULL: nothing of the user's is on the stack. */
static const char *native_place(const struct text_stack_style *style, const struct frames *frames)
{
	const struct frame *own =
		own_frame_native(frames, OWN_FRAME_LOCATED | OWN_FRAME_NOT_START | OWN_FRAME_NOT_LOADER);
	if (!own)
		return NULL;
	if (own->function.size)
		return named(style, own->function, own->file, own->line);
	return arena_format(style->arena, "%s+0x%llx", text_shown(style->arena, text_basename(own->module)),
			    (unsigned long long)own->offset);
}

const char *top_place(struct top *top, struct live_site *site)
{
	struct text_stack_style style = {.arena = live_journal(top->live)->arena, .cwd = live_journal(top->live)->cwd};
	const struct script_stack *script = site->script;
	if (site->place)
		return site->place;
	if (script && script->count) {
		const struct script_frame *frame = &script->frames[own_frame_or_innermost(script)];
		site->place = named(&style, frame->code->function, frame->code->file, frame->line);
	} else {
		site->place = native_place(&style, symbols_stack(live_symbols(top->live), site->native));
	}
	if (!site->place) {
		struct text exe = site->process ? text_basename(site->process->exe) : text_none();
		site->place = arena_format(style.arena, "%s in %s", function_names_at(site->api),
					   exe.size ? text_shown(style.arena, exe) : "?");
	}
	return site->place;
}

/* Name of a page as template_of wants it: characters that are known to be random are a `*`. */
static struct text path_of(struct top *top, const struct live_entry *entry)
{
	const struct live_site *site = entry->site;
	const struct page *page = &entry->tracked.page;
	bool lasting = page->renamed_from.size;
	size_t random = 0;
	if (page->made->kind == EVENT_MADE && !lasting)
		random = function_names_random_characters(function_names_at(site->api));
	if (!random && !lasting && site->script)
		random = language_random_characters(site->script);
	return template_masked(top->frame, page->path, random);
}

const char *top_template(struct top *top, const struct live_site *site)
{
	struct text paths[TEMPLATE_PATHS];
	size_t count = 0;
	struct live_entry *entry = site->oldest;
	for (; entry && count < TEMPLATE_PATHS / 2; entry = entry->newer)
		if (entry->tracked.page.path.size)
			paths[count++] = path_of(top, entry);
	for (entry = site->newest; entry && count < TEMPLATE_PATHS; entry = entry->older)
		if (entry->tracked.page.path.size)
			paths[count++] = path_of(top, entry);
	return count ? text_shown(top->frame, template_of(top->frame, paths, count, live_journal(top->live)->cwd)) : "";
}

/* ---- columns ---- */

static const char *show_grows(struct top *top, const struct row *row)
{
	if (row->trend == TREND_GROWS)
		return amount_time(top->frame, row->unfallen_ns);
	return row->trend == TREND_RISES ? "rises" : "";
}

static const char *show_live(struct top *top, const struct row *row)
{
	return amount_count(top->frame, row->tally.live);
}

static const char *show_bytes(struct top *top, const struct row *row)
{
	if (row->tally.live && !row->tally.looked)
		return "?";
	const char *bytes = amount_bytes(top->frame, row->bytes);
	return row->tally.looked < row->tally.live ? arena_format(top->frame, "~%s", bytes) : bytes;
}

static const char *show_rate(struct top *top, const struct row *row)
{
	return amount_rate(top->frame, row->rate);
}

static const char *show_made(struct top *top, const struct row *row)
{
	return amount_count(top->frame, row->tally.created);
}

static const char *show_gone(struct top *top, const struct row *row)
{
	return amount_count(top->frame, row->tally.released + row->tally.replaced);
}

static const char *show_oldest(struct top *top, const struct row *row)
{
	return row->oldest_ns && row->oldest_ns <= top->now_ns ? amount_time(top->frame, top->now_ns - row->oldest_ns)
							       : "";
}

static const char *show_nothing(struct top *top, const struct row *row)
{
	(void)top, (void)row;
	return "";
}

static const char *show_site(struct top *top, const struct row *row)
{
	return top_place(top, row->site);
}

#define COMPARE(name, value)                                                                                           \
	static int by_##name(struct top *top, const struct row *row, const struct row *other)                          \
	{                                                                                                              \
		(void)top;                                                                                             \
		__typeof__(value(row)) a = value(row), b = value(other);                                               \
		return a < b ? -1 : a > b;                                                                             \
	}
#define RANK(row)                                                                                                      \
	((row)->trend == TREND_GROWS ? (row)->unfallen_ns + 2 : (row)->trend == TREND_RISES ? (uint64_t)1 : (uint64_t)0)
#define LIVE(row) (row)->tally.live
#define BYTES(row) (row)->bytes
#define RATE(row) (row)->rate
#define MADE(row) (row)->tally.created
#define GONE(row) ((row)->tally.released + (row)->tally.replaced)
#define OLDEST(row) ((row)->oldest_ns ? UINT64_MAX - (row)->oldest_ns : (uint64_t)0)
COMPARE(grows, RANK)
COMPARE(live, LIVE)
COMPARE(bytes, BYTES)
COMPARE(rate, RATE)
COMPARE(made, MADE)
COMPARE(gone, GONE)
COMPARE(oldest, OLDEST)

static int by_site(struct top *top, const struct row *a, const struct row *b)
{
	return strcmp(top_place(top, b->site), top_place(top, a->site)); /* A first */
}

/* A narrow screen shows fewer columns, so that the column of places keeps a fair part of it. */
const struct column top_columns[COLUMN_COUNT] = {
	{'G', "GROWS",
	 "for how long it has grown without ever falling; `rises`: it falls at times, and its lowest still rises", 8,
	 32, false, show_grows, by_grows},
	{'L', "LIVE", "pages that are there", 6, 0, false, show_live, by_live},
	{'B', "BYTES", "space that they take on disk; ~ as far as those that were looked at tell", 11, 60, false,
	 show_bytes, by_bytes},
	{'S', "+/s", "growth: pages a second, of the last 10 seconds or so", 7, 44, false, show_rate, by_rate},
	{'M', "MADE", "pages that it made so far", 6, 110, false, show_made, by_made},
	{'R', "GONE", "of these: released", 6, 110, false, show_gone, by_gone},
	{'A', "AGE", "of the oldest page that is there", 6, 68, false, show_oldest, by_oldest},
	{'T', "TREND", "pages that were there at the last samples; the lowest bar is the least, not none", 8, 76, true,
	 show_nothing, by_rate},
	{'N', "SITE", "what made them: function, file and line, then what the names have in common", 0, 0, true,
	 show_site, by_site},
};

/* ---- rows ---- */

static bool contains(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

static bool is_wanted(struct top *top, struct live_site *site)
{
	if (!top->filter[0])
		return true;
	return contains(top_place(top, site), top->filter) || contains(top_template(top, site), top->filter) ||
	       (site->process && contains(text_shown(top->frame, site->process->exe), top->filter));
}

static uint64_t oldest_of(const struct live *live, const struct live_site *site)
{
	struct live_tally all = live_shown(live, site);
	bool pages_only = all.live == site->tally[STANDS_PAGE].live;
	size_t steps = 0;
	for (const struct live_entry *entry = site->oldest; entry && steps < OLDEST_STEPS;
	     entry = entry->newer, steps++)
		if (!pages_only || entry->standing == STANDS_PAGE)
			return entry->tracked.page.made->time_ns;
	return 0;
}

static struct row row_of(struct top *top, struct live_site *site)
{
	struct row row = {.site = site, .tally = live_shown(top->live, site)};
	row.bytes = live_bytes(&row.tally);
	row.trend = growth_trend(live_growth(top->live, site));
	row.unfallen_ns = growth_unfallen_ns(live_growth(top->live, site));
	row.rate = growth_rate(live_growth(top->live, site));
	row.oldest_ns = row.tally.live ? oldest_of(top->live, site) : 0;
	return row;
}

static int by_sort(const void *a, const void *b, void *context)
{
	struct top *top = context;
	const struct row *x = a, *y = b;
	int order = top->sort->compare(top, y, x);
	if (!order)
		order = by_live(top, y, x);
	if (!order)
		order = by_made(top, y, x);
	if (!order)
		return x->site->key < y->site->key ? -1 : x->site->key > y->site->key;
	return top->reverse ? -order : order;
}

void top_init(struct top *top)
{
	top->sort = &top_columns[1];
	top->message = "";
	top->state = "running";
}

void top_refresh(struct top *top)
{
	size_t count = live_site_count(top->live);
	struct live_site **sites = arena_take(top->frame, (count + 1) * sizeof *sites);
	top->rows = arena_take(top->frame, (count + 1) * sizeof *top->rows);
	top->row_count = top->hidden = 0;
	count = live_sites(top->live, sites);
	for (size_t i = 0; i < count; i++) {
		struct row row = row_of(top, sites[i]);
		if (!row.tally.live && !row.tally.created)
			continue;
		if (is_wanted(top, sites[i]))
			top->rows[top->row_count++] = row;
		else
			top->hidden++;
	}
	qsort_r(top->rows, top->row_count, sizeof *top->rows, by_sort, top);
}

size_t top_selected(const struct top *top)
{
	for (size_t i = 0; i < top->row_count; i++)
		if (top->rows[i].site == top->selected)
			return i;
	return 0;
}

void top_look(struct top *top, size_t most, uint64_t budget_ns)
{
	if (top->page == PAGE_SITE && top->row_count) {
		struct live_site *site = top->rows[top_selected(top)].site;
		live_look_ends(top->live, site, TOP_PAGES_SHOWN);
		live_look(top->live, &site, 1, most, budget_ns);
		return;
	}
	size_t from = top->first < top->row_count ? top->first : 0;
	size_t count = top->row_count - from;
	if (top->visible && count > top->visible)
		count = top->visible;
	struct live_site **sites = arena_take(top->frame, (count + 1) * sizeof *sites);
	for (size_t i = 0; i < count; i++)
		sites[i] = top->rows[from + i].site;
	live_look(top->live, sites, count, most, budget_ns);
}
