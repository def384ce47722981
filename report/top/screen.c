/*
 * screen.c - rows of cells to draw into. Must not know what is drawn, or where it goes.
 */
#include "top/screen.h"
#include <string.h>
#include <wchar.h>
#include <stddef.h>

const struct style_look style_looks[STYLE_COUNT] = {
#define X(id, color, bold, dim, reverse) [STYLE_##id] = {color, bold, dim, reverse},
	STYLE_TABLE(X)
#undef X
};

struct screen screen_new(struct arena *arena, int rows, int columns, bool utf8)
{
	struct screen screen = {rows, columns, utf8, NULL};
	size_t count = (size_t)rows * (size_t)columns;
	screen.cells = arena_take(arena, (count + 1) * sizeof *screen.cells);
	for (size_t i = 0; i < count; i++)
		screen.cells[i].text[0] = ' ';
	return screen;
}

struct cell *screen_at(const struct screen *screen, int row, int column)
{
	return &screen->cells[(size_t)row * (size_t)screen->columns + (size_t)column];
}

/* Number of bytes of the next character in valid UTF-8. */
static size_t next_character(const char *text, uint32_t *point)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	*point = size == 1 ? at[0] : at[0] & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			*point = '?';
			return i;
		}
		*point = *point << 6 | (at[i] & 0x3f);
	}
	return size;
}

/* Number of columns of one character, and the text that is shown for it. */
static int shown(const struct screen *screen, uint32_t point, const char **as)
{
	*as = NULL;
	if (point < 0x80)
		return 1;
	int width = screen->utf8 ? wcwidth((wchar_t)point) : -1;
	if (width >= 0)
		return width;
	*as = "?";
	return 1;
}

int screen_width(const struct screen *screen, const char *text)
{
	int width = 0;
	uint32_t point;
	const char *as;
	for (size_t size; *text; text += size) {
		size = next_character(text, &point);
		width += shown(screen, point, &as);
	}
	return width;
}

static void set(struct screen *screen, int row, int column, enum style style, const char *bytes, size_t size)
{
	struct cell *cell = screen_at(screen, row, column);
	memset(cell->text, 0, sizeof cell->text);
	memcpy(cell->text, bytes, size);
	cell->style = (uint8_t)style;
}

int screen_put(struct screen *screen, int row, int column, int width, enum style style, const char *text)
{
	if (width > screen->columns - column)
		width = screen->columns - column;
	if (row < 0 || row >= screen->rows || column < 0 || width <= 0)
		return 0;
	const char *ellipsis = screen->utf8 ? "…" : "~";
	bool cut = screen_width(screen, text) > width;
	int room = width - cut, used = 0;
	while (*text) {
		uint32_t point;
		const char *as;
		size_t size = next_character(text, &point);
		int columns = shown(screen, point, &as);
		if (used + columns > room)
			break;
		if (columns) /* combining marks are left out */
			set(screen, row, column + used, style, as ? as : text, as ? 1 : size);
		if (columns == 2)
			set(screen, row, column + used + 1, style, "", 0);
		used += columns;
		text += size;
	}
	if (cut)
		set(screen, row, column + used++, style, ellipsis, strlen(ellipsis));
	return used;
}

void screen_put_right(struct screen *screen, int row, int column, int width, enum style style, const char *text)
{
	int needed = screen_width(screen, text);
	int blank = needed < width ? width - needed : 0;
	screen_put(screen, row, column + blank, width - blank, style, text);
}

void screen_paint(struct screen *screen, int row, int column, int width, enum style style)
{
	if (row < 0 || row >= screen->rows)
		return;
	for (int i = column < 0 ? 0 : column; i < column + width && i < screen->columns; i++)
		screen_at(screen, row, i)->style = (uint8_t)style;
}

const char *screen_line(struct arena *arena, const struct screen *screen, int row)
{
	char *out = arena_take(arena, (size_t)screen->columns * 4 + 1), *to = out, *end = out;
	for (int i = 0; i < screen->columns; i++) {
		const char *text = screen_at(screen, row, i)->text;
		size_t size = strlen(text);
		memcpy(to, text, size);
		to += size;
		if (size && strcmp(text, " "))
			end = to;
	}
	*end = 0;
	return out;
}
