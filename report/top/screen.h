/*
 * screen.h - a grid of cells to draw into, which a terminal, a file or a test then shows. No I/O.
 */
#ifndef PAGELEAK_SCREEN_H
#define PAGELEAK_SCREEN_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* One row a style: id, colour (an ANSI number, or -1 for the default), bold, dim, reverse. */
#define STYLE_TABLE(X)                                                                                                 \
	X(PLAIN, -1, 0, 0, 0)                                                                                          \
	X(STRONG, -1, 1, 0, 0)                                                                                         \
	X(FAINT, -1, 0, 1, 0)                                                                                          \
	X(TITLE, 6, 1, 0, 0)   /* the program's name */                                                                \
	X(HEADING, 2, 0, 0, 1) /* titles of columns */                                                                 \
	X(SORTED, 6, 1, 0, 1)  /* title of the column by which the table is sorted */                                  \
	X(SELECTED, -1, 0, 0, 1)                                                                                       \
	X(LEAK, 1, 1, 0, 0) /* a site whose number of pages grows and never falls */                                   \
	X(SELECTED_LEAK, 1, 1, 0, 1)                                                                                   \
	X(WARNING, 3, 1, 0, 0)                                                                                         \
	X(GOOD, 2, 1, 0, 0)                                                                                            \
	X(TREND, 6, 0, 0, 0)                                                                                           \
	X(KEY, -1, 1, 0, 0)  /* in the footer */                                                                       \
	X(LABEL, 6, 0, 0, 1) /* what a key does */

enum style {
#define X(id, color, bold, dim, reverse) STYLE_##id,
	STYLE_TABLE(X)
#undef X
		STYLE_COUNT
};

struct style_look {
	int color;
	bool bold, dim, reverse;
};
/* By enum style. */
extern const struct style_look style_looks[STYLE_COUNT];

struct cell {
	char text[5];  /* one character in UTF-8; "" the right half of a wide one */
	uint8_t style; /* enum style */
};

struct screen {
	int rows, columns;
	bool utf8; /* false: only ASCII can be shown */
	struct cell *cells;
};

/* Makes a blank screen in `arena`. */
struct screen screen_new(struct arena *arena, int rows, int columns, bool utf8);
struct cell *screen_at(const struct screen *screen, int row, int column);
/*
 * Writes text that text_shown made, in at most `width` columns and not beyond the edge. Text that does not fit is cut
 * and ends with an ellipsis. Returns the number of columns written.
 */
int screen_put(struct screen *screen, int row, int column, int width, enum style style, const char *text);
/* Does the same, aligned to the right end of those columns. */
void screen_put_right(struct screen *screen, int row, int column, int width, enum style style, const char *text);
/* Sets the style of `width` cells and leaves their text as it is. */
void screen_paint(struct screen *screen, int row, int column, int width, enum style style);
/* Number of columns that the text takes. */
int screen_width(const struct screen *screen, const char *text);
/* Text of one row without the blanks at its end. */
const char *screen_line(struct arena *arena, const struct screen *screen, int row);

#endif
