/*
 * test_progress.c - the line on a terminal, held against a terminal.
 */
#include "base/message.h"
#include "base/progress.h"
#include "unit_test.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Works for a second with standard error at `descriptor`; gives what can be read at its other end, `from`. */
static const char *shown_on(int descriptor, int from, const char *term)
{
	static char text[4096];
	int saved = dup(STDERR_FILENO);
	setenv("TERM", term, 1);
	fflush(stderr);
	dup2(descriptor, STDERR_FILENO);
	progress_allow();
	for (int i = 0; i < 10000; i++)
		progress_step("early", (uint64_t)i, 10000);
	usleep(1100000);
	for (int i = 0; i < 256; i++) /* the clock is read every 256 steps at most */
		progress_step("half", 1, 2);
	warning("between");
	usleep(150000);
	progress_long_step("more", 7, 0);
	progress_clear();
	progress_clear();
	fflush(stderr);
	assert_int_equal(write(STDERR_FILENO, "\1", 1), 1); /* the end: a terminal hands on in its own time */
	dup2(saved, STDERR_FILENO);
	close(saved);
	size_t used = 0;
	do {
		ssize_t size = read(from, text + used, sizeof text - 1 - used);
		assert_true(size > 0);
		used += (size_t)size;
	} while (text[used - 1] != '\1');
	text[used - 1] = 0;
	return text;
}

static void on_a_terminal(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
	int slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	assert_string_equal(
		shown_on(slave, terminal, "xterm"),
		"\r\033[Kpageleak: half: 50 %\r\033[Kpageleak: warning: between\r\n\r\033[Kpageleak: more: 7\r\033[K");
	assert_string_equal(shown_on(slave, terminal, "dumb"), "pageleak: warning: between\r\n");
	close(slave);
	close(terminal);
	(void)state;
}

static void on_anything_else(void **state)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_string_equal(shown_on(ends[1], ends[0], "xterm"), "pageleak: warning: between\n");
	close(ends[0]);
	close(ends[1]);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(on_a_terminal), cmocka_unit_test(on_anything_else)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
