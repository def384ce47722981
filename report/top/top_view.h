/*
 * top_view.h - what `pageleak top` shows and how its keys change that. Draws into a screen (screen.h); knows no terminal.
 *
 *   top_rows.c    sites as rows: names, columns, order, filter      top_site.c   one site: stacks, owner, pages
 *   top_screen.c  header, table, footer, help                       top_keys.c   the table of keys
 */
#ifndef PAGELEAK_TOP_VIEW_H
#define PAGELEAK_TOP_VIEW_H

#include "base/arena.h"
#include "live/live.h"
#include "model/process_model.h"
#include "top/screen.h"

struct row {
	struct live_site *site;
	struct live_tally tally;
	uint64_t bytes;
	uint64_t unfallen_ns;
	uint64_t oldest_ns; /* when it was made; 0 none is there */
	enum trend trend;
	double rate;
};

enum { TOP_PAGES_SHOWN = 5 }; /* at either end of a site's */
enum top_page { PAGE_TABLE, PAGE_SITE, PAGE_HELP };
enum top_question { ASKS_NOTHING, ASKS_FILTER, ASKS_DELAY };

struct column;

struct top {
	struct arena *frame; /* of what is drawn now; the caller's to renew */
	struct live *live;
	const char *name;  /* the journal's */
	uint64_t now_ns;   /* of the journal's clock */
	const char *state; /* "running", "ended: exit status 0" */
	bool ended;
	struct process **running;
	size_t running_count;
	/* what is shown */
	struct row *rows;
	size_t row_count;
	size_t hidden; /* rows that the filter leaves out */
	const struct column *sort;
	bool reverse;
	char filter[64];
	struct live_site *selected; /* NULL: the first */
	size_t first;               /* row at the top of the table */
	size_t visible;             /* rows that fit, when it was drawn last */
	enum top_page page;
	int scroll; /* lines, of the site's page */
	bool paused, quit;
	bool all_frames; /* of the site's page: nothing is folded */
	long delay_ms;
	enum top_question question;
	char answer[64];
	const char *message; /* "" none */
};

/* Sorted by what is there. */
void top_init(struct top *top);
/* Makes the rows anew: after live_read, and before drawing. */
void top_refresh(struct top *top);
/* Looks at the disk for the sites that are seen. `most` entries in `budget_ns`. */
void top_look(struct top *top, size_t most, uint64_t budget_ns);

/* ---- rows and columns: top_rows.c ---- */

/* The user's own place that made it: "Table.__init__  table.py:23". Kept in the site. */
const char *top_place(struct top *top, struct live_site *site);
/* What its names have in common, as far as a few of them tell. "" none is there. */
const char *top_template(struct top *top, const struct live_site *site);
size_t top_selected(const struct top *top);

struct column {
	char letter; /* sorts by it */
	const char *title, *help;
	int width; /* 0: what is left */
	int least; /* columns that the screen must have for it */
	bool text; /* begins at the left, and A comes before B */
	const char *(*shown)(struct top *top, const struct row *row);
	int (*compare)(struct top *top, const struct row *a, const struct row *b);
};
enum { COLUMN_COUNT = 9 };
extern const struct column top_columns[COLUMN_COUNT];

/* ---- drawing ---- */

/* All of it, for a terminal of that size. */
void top_draw(struct top *top, struct screen *screen);
/* Header and table, without what only keys are good for; `screen` has rows for all. Gives the rows used. */
int top_draw_plain(struct top *top, struct screen *screen);
/* Rows that top_draw_plain needs. */
int top_plain_rows(const struct top *top);
/* The lines of the page of the selected site: top_site.c. NULL at the end. */
const char **top_site_lines(struct top *top);
void top_draw_site(struct top *top, struct screen *screen, int row, int rows);

/* ---- keys: top_keys.c ---- */

/* What is no character; the terminal's own codes become these. */
enum {
	TOP_UP = 0x100,
	TOP_DOWN,
	TOP_LEFT,
	TOP_RIGHT,
	TOP_PAGE_UP,
	TOP_PAGE_DOWN,
	TOP_HOME,
	TOP_END,
	TOP_ENTER,
	TOP_ESCAPE,
	TOP_BACKSPACE,
	TOP_F1,
	TOP_REDRAW
};

struct key {
	int codes[4]; /* 0: no more */
	const char *name, *help;
	const char *label, *site_label; /* in the footer, of the table and of a site's page; NULL: only help tells */
	void (*act)(struct top *top);
};
/* Ends with a NULL name. */
extern const struct key top_keys[];
void top_press(struct top *top, int code);

#endif
