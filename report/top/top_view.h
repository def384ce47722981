/*
 * top_view.h - what `pageleak top` shows and how its keys change that. Draws into a screen (screen.h); knows no
 * terminal.
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
	uint64_t oldest_ns; /* when the oldest page that is there was made; 0 if none is there */
	enum trend trend;
	double rate;
};

enum { TOP_PAGES_SHOWN = 5 }; /* pages of one site that its view lists: so many of the newest, so many of the oldest */
enum top_page { PAGE_TABLE, PAGE_SITE, PAGE_HELP };
enum top_question { ASKS_NOTHING, ASKS_FILTER, ASKS_DELAY };

struct column;

struct top {
	struct arena *frame; /* memory of the current drawing; the caller renews it before each one */
	struct live *live;
	const char *name;         /* of the journal */
	uint64_t now_ns;          /* CLOCK_REALTIME, the clock of the journal */
	const char *state;        /* of the program: "running", "ended: exit status 0" */
	bool ended;               /* no audited process runs any more */
	struct process **running; /* audited processes that still run */
	size_t running_count;
	/* what is shown */
	struct row *rows;
	size_t row_count;
	size_t hidden; /* number of rows that the filter leaves out */
	const struct column *sort;
	bool reverse;
	char filter[64];
	struct live_site *selected; /* NULL: the first row */
	size_t first;               /* index of the row at the top of the table */
	size_t visible;             /* number of rows that fitted when the table was drawn last */
	enum top_page page;
	int scroll; /* lines of the view of one site that are scrolled past */
	bool paused, quit;
	bool all_frames; /* in the view of one site: show every frame */
	long delay_ms;
	enum top_question question;
	char answer[64];
	const char *message; /* shown in the footer; "" none */
};

/* Sets the view up: the table, sorted by the number of pages that are there. */
void top_init(struct top *top);
/* Makes the rows anew. Call it after live_read and before drawing. */
void top_refresh(struct top *top);
/* Calls stat for entries of the sites that are on the screen: at most `most` entries, for at most `budget_ns`. */
void top_look(struct top *top, size_t most, uint64_t budget_ns);

/* ---- rows and columns: top_rows.c ---- */

/* Gives the frame of the user's own code that makes these pages: "Table.__init__  table.py:23". Stored in the site. */
const char *top_place(struct top *top, struct live_site *site);
/* Gives a pattern of the names of its pages, made from a few of them; "" if none is there. */
const char *top_template(struct top *top, const struct live_site *site);
size_t top_selected(const struct top *top);

struct column {
	char letter; /* key that sorts by this column */
	const char *title, *help;
	int width; /* 0: all columns that the others leave */
	int least; /* width of the screen, in columns, from which on it is shown */
	bool text; /* aligned to the left, and sorted from A to Z */
	const char *(*shown)(struct top *top, const struct row *row);
	int (*compare)(struct top *top, const struct row *a, const struct row *b);
};
enum { COLUMN_COUNT = 9 };
extern const struct column top_columns[COLUMN_COUNT];

/* ---- drawing ---- */

/* Draws the whole view for a terminal of the size of `screen`. */
void top_draw(struct top *top, struct screen *screen);
/*
 * Draws header and table without the parts that only keys can use. `screen` has top_plain_rows rows. Returns the rows
 * used.
 */
int top_draw_plain(struct top *top, struct screen *screen);
/* Number of rows that top_draw_plain needs. */
int top_plain_rows(const struct top *top);
/* Lines of the view of the selected site (top_site.c), NULL behind the last. */
const char **top_site_lines(struct top *top);
void top_draw_site(struct top *top, struct screen *screen, int row, int rows);

/* ---- keys: top_keys.c ---- */

/* Keys that are no characters. top_terminal.c translates the codes of the terminal into these. */
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
	int codes[4]; /* codes that press it, then 0 */
	const char *name, *help;
	const char *label,
		*site_label; /* for the footer of the table and of the view of one site; NULL: only in help */
	void (*act)(struct top *top);
};
/* The last row has a NULL name. */
extern const struct key top_keys[];
/* Does what the key of `code` stands for. */
void top_press(struct top *top, int code);

#endif
