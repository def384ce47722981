/*
 * top_terminal.h - a terminal that shows a screen and gives keys, by ncurses. Standard error is caught while it is
 * open, and said when it is closed.
 */
#ifndef PAGELEAK_TOP_TERMINAL_H
#define PAGELEAK_TOP_TERMINAL_H

#include "top/screen.h"
#include <stdbool.h>

/* 0, or -1 after a message: no terminal, or one that cannot address the cursor. One at a time. */
int terminal_open(bool color);
void terminal_close(void);
void terminal_size(int *rows, int *columns);
void terminal_show(const struct screen *screen);
/* A key as top_press takes it; -1 when `timeout_ms` are over, or a signal or the terminal's end asks to stop. */
int terminal_key(int timeout_ms);
bool terminal_is_over(void);

#endif
