/*
 * preloaded_command.c - what the library starts when a program is audited without the command, or requests a report:
 * creates the journal, reports at a signal and at the end. Runs beside the program and inherits from it, so it resets
 * limits and signals first.
 */
#include "audit/journal_create.h"
#include "audit/launch.h"
#include "audit/signals.h"
#include "base/arena.h"
#include "base/message.h"
#include "cli/commands.h"
#include "cli/pipeline.h"
#include "findings/baseline.h"
#include "format.h"
#include "machine/ask_program.h"
#include "machine/journal_load.h"
#include "machine/proc.h"
#include "model/report_model.h"
#include "options/options_help.h"
#include "options/options_settings.h"
#include "output/output.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_HELP = 3 }; /* the library then ends the program, as ld.so does after LD_DEBUG=help */

struct preloaded {
	struct arena *arena;
	struct options options;
	struct setting own[KEY_COUNT + 1];
	pid_t program;
	bool no_standard_error; /* the standard error with which the program started cannot be reached */
};

/* Resets limits and signals that the program set for itself. */
static void reset_limits_and_signals(void)
{
	umask(umask(0) | 022); /* daemons set it to 0, and a report contains command lines and source lines */
	static const int limits[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE};
	struct rlimit limit;
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (getrlimit((int)limits[i], &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit((int)limits[i], &limit);
		}
	for (int number = 1; number < NSIG; number++)
		sigaction(number, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- standard error ---- */

/*
 * Opens descriptor `fd` of another process for writing. That of a file is copied where that is permitted (Linux 5.6, as
 * for ptrace), so that both share the file position. Otherwise opens `name`, its link in /proc, for appending.
 */
static int descriptor_of(pid_t pid, int fd, const char *name, bool file)
{
	int process = file ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	int found = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	if (process >= 0)
		close(process);
	if (found >= 0)
		return found;
	found = open(name, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (found >= 0)
		fcntl(found, F_SETFL, O_APPEND);
	return found;
}

/*
 * Makes standard error the file that it was when the program started; `lost` is device and inode of that, in
 * hexadecimal. Many programs close it before they end (all GNU programs do), and some reuse its number. The same file
 * is usually open as a standard descriptor of the program or its ancestors. False when it is not found; no other file
 * is written to.
 */
static bool find_standard_error(struct arena *arena, pid_t pid, const char *lost)
{
	enum { GENERATIONS = 16 };
	unsigned long device, inode;
	struct stat status;
	if (sscanf(lost, "%lx:%lx", &device, &inode) != 2 || !inode)
		return false;
	for (int i = 0; pid && i < GENERATIONS; i++, pid = proc_parent(pid))
		for (int fd = 0; fd < 3; fd++) {
			const char *name = proc_descriptor(arena, pid, fd);
			if (stat(name, &status) || status.st_dev != device || status.st_ino != inode)
				continue;
			int found = descriptor_of(pid, fd, name, S_ISREG(status.st_mode));
			if (found < 0 || fstat(found, &status) || status.st_dev != device || status.st_ino != inode ||
			    (fcntl(found, F_GETFL) & O_ACCMODE) == O_RDONLY)
				continue; /* a copied descriptor stays open until the end */
			return dup2(found, STDERR_FILENO) >= 0;
		}
	return false;
}

/* The arguments of the program; none when they cannot be read. */
static char **program_arguments(struct arena *arena, pid_t pid)
{
	enum { ARGUMENTS_SIZE = 1 << 17 };
	char *bytes = arena_take(arena, ARGUMENTS_SIZE + 1);
	size_t size = proc_cmdline(pid, bytes, ARGUMENTS_SIZE), count = 0;
	bytes[size] = 0;
	for (size_t i = 0; i < size; i++)
		count += !bytes[i];
	char **argv = arena_take(arena, (count + 2) * sizeof *argv);
	count = 0;
	for (char *at = bytes; at < bytes + size; at += strlen(at) + 1)
		argv[count++] = at;
	return argv;
}

/* ---- the start of an audit ---- */

static void show_help(void)
{
	fputs("PAGELEAK=\"key=value:key=value\", with a backslash before a colon in a value. Without a value a key is "
	      "switched on. %p in the "
	      "name of a\nfile is the program's process number. PAGELEAK=off leaves the program alone.\n",
	      stdout); /* to the library, which copies it to where the program would have written */
	options_help(stdout, COMMAND_preloaded, "");
}

/* Reports settings that would fail at the end, and drops them. The program runs all the same. */
static void check(struct preloaded *it, bool understood)
{
	static const char *const none[] = {NULL};
	struct options *options = &it->options;
	struct suppressions rules = {0};
	struct baseline baseline;
	bool fit = understood && output_check(it->arena, options) == 0;
	if (signals_check(options->signal)) {
		options->signal = "none";
		fit = false;
	}
	if (suppress_load(it->arena, options->suppressions, &rules)) {
		options->suppressions = none;
		fit = false;
	}
	if (options->baseline && baseline_load(it->arena, options->baseline, &baseline)) {
		options->baseline = NULL;
		fit = false;
	}
	if (!fit)
		warning("what is wrong in PAGELEAK is left out, the rest holds, and the program is audited; "
			"PAGELEAK=help lists the settings");
}

static int begin(struct preloaded *it, bool understood)
{
	struct options *options = &it->options;
	struct journal_file file;
	pid_t program = it->program;
	const char *command = launch_command(it->arena);
	const char *pid = arena_format(it->arena, "%d", (int)program);
	options_settings_fill_in(it->arena, options, "%p", pid);
	check(it, understood);
	struct launch_settings settings = {
		.command = command, .reporting = program, .journal_stays = options->journal != NULL};
	struct journal_wanted wanted = {
		options->journal, (uint64_t)options->size,           program_arguments(it->arena, program),
		program,          launch_record(it->arena, options), true};
	if (!command || journal_create(it->arena, &wanted, &file))
		return error("the program is not audited");
	options->journal = file.path;
	if (options->color == COLOR_AUTO && getenv("NO_COLOR"))
		options->color = COLOR_NEVER;
	const char *value = launch_settings(it->arena, options, PASSED_KEPT_HERE, &settings);
	bool told = value && fputs(value, stdout) >= 0 && fflush(stdout) == 0;
	file.temporary = !told;
	journal_create_close(&file);
	return told ? 0 : -1;
}

/* ---- a report ---- */

static bool journal_stays(const struct preloaded *it)
{
	return strcmp(it->own[KEY_stays].value, "1") == 0;
}

static int write_report(struct preloaded *it, const struct report *report)
{
	struct options *options = &it->options;
	struct gate gate;
	bool worth_a_file = report->mode == MODE_SNAPSHOT || report->finding_count || !report->coverage.complete ||
			    journal_stays(it);
	if (it->no_standard_error && !options->text.wanted && worth_a_file)
		options->text = (struct output){true, arena_format(it->arena, "%s.txt", options->journal)};
	if (gate_parse(it->arena, options, &gate))
		return -1;
	setvbuf(stderr, NULL, _IOFBF, 1 << 16); /* one write: stays in one piece between lines of the program */
	bool stays = report->mode == MODE_SNAPSHOT || journal_stays(it);
	return output_write(it->arena, options, &gate, report, stays ? options->journal : NULL,
			    it->no_standard_error ? NULL : stderr);
}

/* Will the end of the program be reported? */
static bool end_is_reported(const struct preloaded *it)
{
	return atoi(it->own[KEY_audit].value) || atoi(it->own[KEY_parent].value);
}

/*
 * Makes a report, and writes it if it is wanted. ENDING: wanted when no process is left. Other modes: wanted when
 * processes are left, or when no other report will follow.
 */
static int report_now(struct preloaded *it, enum pipeline_mode mode, uint64_t since_ns, struct report *report)
{
	struct loaded loaded;
	int failed = pipeline_report_file(it->arena, it->options.journal, true, &it->options, mode, since_ns, &loaded,
					  report);
	bool ended = report->mode != MODE_SNAPSHOT,
	     wanted = mode == PIPELINE_ENDING ? ended : !ended || !end_is_reported(it);
	if (!failed && wanted)
		failed = write_report(it, report);
	journal_load_free(&loaded);
	return failed;
}

/* Locks the journal, so that many signals do not start many reports. False: another report is being made. */
static bool take_turn(const struct preloaded *it, int *turn)
{
	*turn = open(it->options.journal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return *turn < 0 || flock(*turn, LOCK_EX | LOCK_NB) == 0;
}

static int at_signal(struct preloaded *it)
{
	struct report report;
	int turn, failed = 0;
	if (take_turn(it, &turn)) {
		uint64_t last_ns = ask_program_snapshot(it->options.journal);
		failed = report_now(it, PIPELINE_FROM_JOURNAL, it->options.new_since_last ? last_ns : 0, &report);
	}
	if (turn >= 0)
		close(turn); /* from here on, the next report may be requested */
	return failed;
}

/* Reports at the end of the reporting process, unless processes that it started still run. */
static int at_end(struct preloaded *it)
{
	struct report report;
	bool first = atoi(it->own[KEY_audit].value) == it->program;
	/* Pids mean nothing in another pid namespace, from which the processes outside are not visible. */
	if (it->own[KEY_space].value && strcmp(it->own[KEY_space].value, launch_pid_space(it->arena)) != 0)
		return 0;
	if (report_now(it, PIPELINE_ENDING, 0, &report))
		return error("the report was not made or not written; the journal stays: pageleak report %s",
			     it->options.journal);
	if (report.mode != MODE_SNAPSHOT && !journal_stays(it))
		unlink(it->options.journal);
	if (report.mode == MODE_SNAPSHOT && first && !it->no_standard_error)
		fprintf(stderr,
			"pageleak: no report yet: the program left processes that run on; at any time: pageleak report "
			"%s\n",
			it->options.journal);
	return 0;
}

/*
 * The value of the last PAGELEAK in the environment; NULL: none. The first one is for the library in this process
 * (preload/reporting/reporter.c).
 */
static const char *settings_given(void)
{
	static const char name[] = "PAGELEAK=";
	const char *settings = NULL;
	for (char **at = environ; *at; at++)
		if (strncmp(*at, name, strlen(name)) == 0 && at != environ)
			settings = *at + strlen(name);
	return settings;
}

int command_preloaded(struct arena *arena, struct options *command_line)
{
	struct preloaded it = {.arena = arena,
			       .own = {[KEY_command].value = "",
				       [KEY_parent].value = "0",
				       [KEY_audit].value = "0",
				       [KEY_stays].value = "1"}};
	const char *moment = command_line->operands[0], *settings = settings_given();
	bool begins = strcmp(moment, "begin") == 0;
	int result = -1;
	for (int key = 0; key < KEY_COUNT; key++)
		it.own[key].name = launch_key_names[key];
	reset_limits_and_signals();
	if (begins && settings && strcmp(settings, "help") == 0) {
		show_help();
		return STATUS_HELP;
	}
	if (begins)
		it.own[KEY_signal].name = ""; /* here `signal` is the option, not yet the number */
	bool understood = options_settings_parse(arena, COMMAND_preloaded, settings, it.own, &it.options) == 0;
	if (command_line->operand_count > 1)
		it.program = (pid_t)strtol(command_line->operands[1], NULL, 16);
	it.no_standard_error =
		command_line->operand_count > 2 && !find_standard_error(arena, it.program, command_line->operands[2]);
	if (it.own[KEY_cwd].value && chdir(it.own[KEY_cwd].value))
		warning("%s: %s", it.own[KEY_cwd].value, strerror(errno));
	if (begins)
		result = begin(&it, understood);
	else if (!it.options.journal)
		error("'preloaded' is for libpageleak.so alone");
	else if (strcmp(moment, "signal") == 0)
		result = at_signal(&it);
	else if (strcmp(moment, "end") == 0)
		result = at_end(&it);
	return result ? STATUS_FAILED : 0;
}
