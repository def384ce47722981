/*
 * top_command.c - `pageleak top`: follows a journal and shows which sites keep making pages. Only reads: the journal,
 * /proc, and the sizes of pages.
 */
#include "base/arena.h"
#include "base/clock_ns.h"
#include "base/message.h"
#include "base/text.h"
#include "cli/begun_options.h"
#include "cli/commands.h"
#include "machine/disk.h"
#include "machine/find_audits.h"
#include "machine/journal_load.h"
#include "machine/proc.h"
#include "model/journal_model.h"
#include "top/top_terminal.h"
#include "top/top_view.h"
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define CHECK_NS (2 * SECOND)     /* between two checks for running processes */
#define SEARCH_NS (10 * SECOND)   /* the same when the running ones are not recorded: that searches all processes */
#define BEGIN_NS (3 * SECOND)     /* from the start of the journal to the first process, which is yet to be started */
#define CATCH_UP_NS (SECOND / 10) /* of reading before a frame is shown */
#define LOOK_NS (20 * SECOND / 1000)
enum { LOOKS_MOST = 512, CHECKED_MOST = 32, BATCH_COLUMNS = 500 };

struct session {
	struct top top;
	const struct options *options;
	int descriptor;
	struct follow *follow;
	bool elsewhere; /* recorded on another machine: nothing can be checked here */
	bool utf8;
	bool alone;                    /* no process mapped the journal at the last check */
	uint64_t checked_ns, pause_ns; /* pause_ns: until the next check */
	size_t frames;
};

/* ---- which journal ---- */

static void list_audits(const struct audit_seen *audits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "  %2zu  pid %-8u %zu process%s  %s\n", i + 1, audits[i].pid, audits[i].processes,
			audits[i].processes == 1 ? "" : "es", audits[i].command);
}

/* Lets the user choose a running audit. NULL after a message. */
static const struct audit_seen *choose_audit(struct arena *arena, bool asks)
{
	struct audit_seen *audits;
	char answer[32];
	size_t count = find_audits(arena, &audits);
	if (count == 1)
		return audits;
	if (!count) {
		error("no program of yours is being audited, and there is no pageleak.data here: start one with "
		      "'pageleak record COMMAND'");
		return NULL;
	}
	if (!asks || !isatty(STDIN_FILENO)) {
		error("%zu audits run; which one? pageleak top PID", count);
		list_audits(audits, count);
		return NULL;
	}
	fprintf(stderr, "These audits run:\n");
	list_audits(audits, count);
	fprintf(stderr, "Which one? [1] ");
	if (!fgets(answer, sizeof answer, stdin))
		return NULL;
	unsigned long number = *answer == '\n' ? 1 : strtoul(answer, NULL, 10);
	if (number >= 1 && number <= count)
		return &audits[number - 1];
	error("there is no number %lu", number);
	return NULL;
}

/* The path of the journal to follow. NULL after a message. */
static const char *find_journal(struct arena *arena, const struct options *options)
{
	const char *named = options->operand_count ? options->operands[0] : NULL;
	if (options->operand_count > 1) {
		error("one audit at a time: pageleak top [OPTIONS] [PID|JOURNAL]");
		return NULL;
	}
	if (named && *named && !named[strspn(named, "0123456789")])
		return find_audits_journal(arena, named);
	if (named)
		return named;
	if (access("pageleak.data", F_OK) == 0)
		return "pageleak.data";
	const struct audit_seen *chosen = choose_audit(arena, !options->batch);
	return chosen ? chosen->journal : NULL;
}

/* ---- is it still running? ---- */

static const char *ended_how(struct top *top)
{
	const struct journal *journal = live_journal(top->live);
	int status = journal->wait_status;
	if (!journal->has_end)
		return "ended";
	if (WIFSIGNALED(status))
		return arena_format(journal->arena, "ended by signal %d", WTERMSIG(status));
	return arena_format(journal->arena, "ended, exit status %d", WEXITSTATUS(status));
}

static bool is_left(struct session *session)
{
	struct top *top = &session->top;
	session->pause_ns = CHECK_NS;
	size_t checked = top->running_count < CHECKED_MOST ? top->running_count : CHECKED_MOST;
	for (size_t i = 0; i < checked; i++)
		if (find_audits_maps(top->running[top->running_count - 1 - i]->pid, session->descriptor))
			return true;
	bool any = find_audits_any_maps(session->descriptor);
	session->pause_ns = any ? SEARCH_NS : CHECK_NS;
	return any;
}

/* Drops processes that are gone without a recorded end: they were killed. */
static void drop_dead(struct top *top)
{
	size_t kept = 0;
	for (size_t i = 0; i < top->running_count; i++)
		if (proc_exists((pid_t)top->running[i]->pid))
			top->running[kept++] = top->running[i];
	top->running_count = kept;
}

/*
 * May the audit still run? A process has nothing mapped for a moment during exec, and its pid may have been reused, so
 * that only two negative checks in a row count.
 */
static bool may_run(struct session *session)
{
	struct top *top = &session->top;
	if (session->elsewhere)
		return false;
	if (!journal_state_process_count(live_state(top->live)) &&
	    top->now_ns < live_journal(top->live)->started_ns + BEGIN_NS)
		return true;
	if (is_left(session)) {
		session->alone = false;
		return true;
	}
	bool was_alone = session->alone;
	session->alone = true;
	return top->running_count && !was_alone;
}

static void check_end(struct session *session, uint64_t clock_ns)
{
	struct top *top = &session->top;
	const struct journal *journal = live_journal(top->live);
	if (top->ended)
		return;
	top->running = journal_state_running(live_state(top->live), &top->running_count);
	if (top->running_count <= 4 * CHECKED_MOST && !session->elsewhere)
		drop_dead(top);
	bool due = !session->checked_ns || clock_ns - session->checked_ns >= session->pause_ns;
	if (!journal->has_end && !due)
		return;
	session->checked_ns = clock_ns;
	if (!journal->has_end && may_run(session))
		return;
	top->ended = true;
	top->running_count = 0;
	top->state = session->elsewhere
			     ? arena_format(journal->arena, "recorded on %s", text_shown(journal->arena, journal->host))
			     : ended_how(top);
	live_end(top->live);
}

static bool is_elsewhere(const struct journal *journal)
{
	char host[256] = "";
	gethostname(host, sizeof host - 1);
	return journal->host.size && !text_is(journal->host, host);
}

/* ---- one update ---- */

/* Reads the journal for at most CATCH_UP_NS. True: there is more. */
static bool read_on(struct session *session)
{
	struct top *top = &session->top;
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	bool more;
	do
		more = live_read(top->live, clock_ns(CLOCK_MONOTONIC));
	while (more && clock_ns(CLOCK_MONOTONIC) - began < CATCH_UP_NS);
	return more;
}

/* Sets the time of the frame. After the end it does not advance: ages and rates are those of the end. */
static void take_time(struct top *top)
{
	const struct journal *journal = live_journal(top->live);
	uint64_t last_ns = live_totals(top->live)->last_ns;
	if (!top->ended)
		top->now_ns = clock_ns(CLOCK_REALTIME);
	else
		top->now_ns = journal->ended_ns > last_ns ? journal->ended_ns : last_ns;
}

static bool update(struct session *session)
{
	struct top *top = &session->top;
	arena_free(top->frame);
	top->frame = arena_new();
	bool more = read_on(session);
	session->elsewhere = is_elsewhere(live_journal(top->live));
	take_time(top);
	if (!more)
		check_end(session, clock_ns(CLOCK_MONOTONIC));
	take_time(top);
	if (!more)
		live_sample(top->live, top->now_ns);
	top_refresh(top);
	if (!session->elsewhere) {
		top_look(top, LOOKS_MOST, LOOK_NS);
		top_refresh(top);
	}
	return more;
}

/* ---- in lines of text ---- */

static void print_frame(struct session *session)
{
	struct top *top = &session->top;
	struct winsize size = {0};
	int columns = isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col
												       : BATCH_COLUMNS;
	struct screen screen = screen_new(top->frame, top_plain_rows(top), columns, session->utf8);
	int rows = top_draw_plain(top, &screen);
	for (int row = 0; row < rows; row++)
		puts(screen_line(top->frame, &screen, row));
}

static int print_frames(struct session *session)
{
	struct top *top = &session->top;
	for (;;) {
		while (update(session))
			;
		if (session->frames++)
			putchar('\n');
		print_frame(session);
		if (fflush(stdout) || ferror(stdout)) {
			error("cannot write to standard output: %s", strerror(errno));
			return STATUS_FAILED;
		}
		if (top->ended || (session->options->count && session->frames >= (size_t)session->options->count))
			return 0;
		struct timespec pause = {top->delay_ms / 1000, top->delay_ms % 1000 * 1000000};
		nanosleep(&pause, NULL);
	}
}

/* ---- on a terminal ---- */

static void draw(struct session *session)
{
	struct top *top = &session->top;
	int rows, columns;
	terminal_size(&rows, &columns);
	struct screen screen = screen_new(top->frame, rows, columns, session->utf8);
	top_draw(top, &screen);
	terminal_show(&screen);
}

/* Handles keys until the next update. */
static void wait_for_keys(struct session *session, uint64_t until_ns)
{
	struct top *top = &session->top;
	while (!top->quit && !terminal_is_over()) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		bool due = now >= until_ns && !top->paused;
		int key = terminal_key(due ? 0 : top->paused ? 1000 : (int)((until_ns - now) / 1000000) + 1);
		if (key >= 0) {
			top_press(top, key);
			arena_free(top->frame);
			top->frame = arena_new();
			top_refresh(top);
			draw(session);
		} else if (due) {
			return;
		}
	}
}

static int run_screen(struct session *session)
{
	struct top *top = &session->top;
	bool color = session->options->color == COLOR_ALWAYS ||
		     (session->options->color == COLOR_AUTO && !getenv("NO_COLOR"));
	if (terminal_open(color))
		return STATUS_FAILED;
	while (!top->quit && !terminal_is_over()) {
		bool more = update(session);
		draw(session);
		session->frames += !more;
		if (session->options->count && session->frames >= (size_t)session->options->count)
			break;
		wait_for_keys(session, more ? 0 : clock_ns(CLOCK_MONOTONIC) + (uint64_t)top->delay_ms * 1000000);
	}
	terminal_close();
	return 0;
}

static int show(struct session *session, const char *path)
{
	const struct options *options = session->options;
	struct live_options live_options = {
		.pages = options->pages,
		.not_pages = options->not_pages,
		.sysroot = options->sysroot,
		.debug_dirs = options->debug_dir,
		.disk = &disk_living,
		.period_ns = (uint64_t)options->delay * 1000000,
		.show_kept = options->show_kept,
	};
	struct top *top = &session->top;
	top_init(top);
	top->name = path;
	top->delay_ms = options->delay;
	if (!options->debuginfod)
		symbols_no_servers();
	top->live = live_open(session->follow, path, &live_options);
	int status = options->batch ? print_frames(session) : run_screen(session);
	live_close(top->live);
	arena_free(top->frame);
	return status;
}

int command_top(struct arena *arena, struct options *options)
{
	struct session session = {.options = options};
	const char *path = find_journal(arena, options);
	int status = STATUS_FAILED;
	setlocale(LC_CTYPE, "");
	session.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	session.descriptor = path ? journal_load_open(path, options->force) : -1;
	if (session.descriptor < 0)
		return STATUS_FAILED;
	begun_options_take_over(arena, path, options);
	session.follow = follow_open(session.descriptor, path);
	if (session.follow) {
		status = show(&session, path);
		follow_close(session.follow);
	}
	close(session.descriptor);
	return status;
}
