/*
 * top_terminal.c - a terminal, by ncurses. The only file that knows it.
 */
#define NCURSES_WIDECHAR 1
#include "top/top_terminal.h"
#include "base/message.h"
#include "top/top_view.h"
#include <curses.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>
#include <stdbool.h>
#include <stddef.h>

#undef columns /* term.h has a macro for every capability */

static SCREEN *terminal;
static FILE *keyboard;             /* standard input, or /dev/tty if that is redirected */
static int caught = -1, said = -1; /* the file that replaces standard error meanwhile; a copy of standard error */
static volatile sig_atomic_t over;

static void stop(int signal)
{
	(void)signal;
	over = 1;
}

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void catch_signals(bool on)
{
	struct sigaction action = {.sa_handler = on ? stop : SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
	for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++)
		sigaction(stopping[i], &action, NULL);
	if (on)
		sigaction(SIGPIPE, &ignored, NULL);
}

static void catch_messages(void)
{
	fflush(stderr);
	caught = memfd_create("messages", MFD_CLOEXEC);
	said = caught >= 0 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
	if (said >= 0)
		dup2(caught, STDERR_FILENO);
}

static void say_messages(void)
{
	char bytes[4096];
	if (said < 0)
		return;
	fflush(stderr);
	dup2(said, STDERR_FILENO);
	close(said);
	for (off_t at = 0;;) {
		ssize_t size = pread(caught, bytes, sizeof bytes, at);
		if (size <= 0 || write(STDERR_FILENO, bytes, (size_t)size) != size)
			break;
		at += size;
	}
	close(caught);
	caught = said = -1;
}

/* Returns NULL if the terminal can show the view, else the reason why not. */
static const char *lacks(const char *name)
{
	int code;
	if (!isatty(STDOUT_FILENO))
		return "standard output is no terminal";
	if (!name || !*name)
		return "TERM is not set";
	if (setupterm(name, STDOUT_FILENO, &code) != OK)
		return "the terminal's type (TERM) is not known on this machine";
	const char *addressing = tigetstr("cup");
	bool able = addressing && addressing != (char *)-1 && *addressing;
	del_curterm(cur_term);
	return able ? NULL : "a terminal of this type (TERM) cannot address the cursor";
}

static void prepare(bool color)
{
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
	set_escdelay(25);
	if (!color || !has_colors())
		return;
	start_color();
	bool own = use_default_colors() == OK;
	for (short i = 0; i < 8 && i < COLORS; i++)
		init_pair((short)(i + 1), i, own ? -1 : COLOR_BLACK);
}

int terminal_open(bool color)
{
	const char *missing = lacks(getenv("TERM"));
	if (!missing) {
		keyboard = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "re");
		terminal = keyboard ? newterm(NULL, stdout, keyboard) : NULL;
		missing = !keyboard ? "there is no keyboard" : !terminal ? "the terminal could not be set up" : NULL;
	}
	if (missing)
		return error("%s: --batch prints the table instead", missing);
	catch_messages();
	catch_signals(true);
	prepare(color);
	return 0;
}

void terminal_close(void)
{
	endwin();
	delscreen(terminal);
	if (keyboard && keyboard != stdin)
		fclose(keyboard);
	catch_signals(false);
	say_messages();
}

void terminal_size(int *rows, int *columns)
{
	getmaxyx(stdscr, *rows, *columns);
}

static attr_t attributes_of(enum style style)
{
	const struct style_look *look = &style_looks[style];
	attr_t attributes = (look->bold ? A_BOLD : 0) | (look->dim ? A_DIM : 0) | (look->reverse ? A_REVERSE : 0);
	if (look->color >= 0 && look->color + 1 < COLOR_PAIRS)
		attributes |= COLOR_PAIR(look->color + 1);
	return attributes;
}

void terminal_show(const struct screen *screen)
{
	erase();
	for (int row = 0; row < screen->rows; row++) {
		move(row, 0);
		for (int column = 0; column < screen->columns; column++) {
			const struct cell *cell = screen_at(screen, row, column);
			attrset(attributes_of(cell->style));
			if (cell->text[0])
				addstr(cell->text);
		}
	}
	attrset(A_NORMAL);
	refresh();
}

static int translated(int key)
{
	static const struct {
		int curses, top;
	} keys[] = {
		{KEY_UP, TOP_UP},
		{KEY_DOWN, TOP_DOWN},
		{KEY_LEFT, TOP_LEFT},
		{KEY_RIGHT, TOP_RIGHT},
		{KEY_PPAGE, TOP_PAGE_UP},
		{KEY_NPAGE, TOP_PAGE_DOWN},
		{KEY_HOME, TOP_HOME},
		{KEY_END, TOP_END},
		{KEY_ENTER, TOP_ENTER},
		{'\r', TOP_ENTER},
		{'\n', TOP_ENTER},
		{27, TOP_ESCAPE},
		{KEY_BACKSPACE, TOP_BACKSPACE},
		{127, TOP_BACKSPACE},
		{8, TOP_BACKSPACE},
		{KEY_F(1), TOP_F1},
		{KEY_RESIZE, TOP_REDRAW},
		{12, TOP_REDRAW},
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].curses == key) {
			if (key == 12)
				clearok(curscr, TRUE);
			return keys[i].top;
		}
	return key >= 0x100 ? TOP_REDRAW : key;
}

int terminal_key(int timeout_ms)
{
	struct pollfd end = {.fd = fileno(keyboard), .events = POLLIN};
	timeout(timeout_ms);
	int key = over ? ERR : getch();
	if (key != ERR)
		return translated(key);
	/* Reading from a terminal that is gone fails at once, every time: end instead of spinning. */
	if (poll(&end, 1, 0) > 0 && end.revents & (POLLHUP | POLLERR | POLLNVAL))
		over = 1;
	return -1;
}

bool terminal_is_over(void)
{
	return over;
}
