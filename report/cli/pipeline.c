/*
 * pipeline.c - reads a journal, judges its pages, groups them into findings. Writes no report; of the disk it only
 * resolves paths of programs itself.
 */
#include "cli/pipeline.h"
#include "base/clock_ns.h"
#include "base/message.h"
#include "base/text.h"
#include "coverage/coverage.h"
#include "coverage/open_descriptors.h"
#include "coverage/out_of_sight.h"
#include "coverage/second_reading.h"
#include "coverage/unattributed.h"
#include "findings/age_filter.h"
#include "findings/baseline.h"
#include "findings/leaked_directories.h"
#include "findings/source_lines.h"
#include "findings/timeline.h"
#include "journal/read.h"
#include "judge/program_end.h"
#include "judge/verdict.h"
#include "machine/disk.h"
#include "machine/proc.h"
#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "symbols/symbol.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

enum { HOST_SIZE = 256 };

static enum mode mode_of(const struct journal *journal, enum pipeline_mode wanted)
{
	if (wanted == PIPELINE_SNAPSHOT)
		return MODE_SNAPSHOT;
	if (wanted == PIPELINE_EXIT || wanted == PIPELINE_ENDING || journal->has_end)
		return MODE_EXIT;
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		if (process->audited && !process->ended_cleanly && !process->replaced)
			return MODE_POST_MORTEM;
	}
	return MODE_EXIT;
}

/* Was the journal written on another machine, whose pages cannot be on this disk? */
static bool is_other_host(const struct journal *journal, char host[static HOST_SIZE])
{
	*host = host[HOST_SIZE - 1] = 0;
	gethostname(host, HOST_SIZE - 1);
	return journal->host.size > 0 && !text_is(journal->host, host);
}

/* The user who started the audit: the owner of the journal. */
static uint32_t starter_of(struct disk *disk, const char *journal)
{
	struct disk_entry entry = disk->look(disk, journal);
	return entry.exists ? entry.uid : geteuid();
}

struct resolved {
	const char *name;
	struct text path;
	UT_hash_handle hh;
};

/* Resolves the names of programs: /bin/sh is /usr/bin/dash. Leaves those that do not exist here. */
static void resolve_programs(struct arena *arena, struct journal *journal)
{
	struct resolved *all = NULL;
	for (size_t i = 0; i < journal->process_count; i++) {
		struct process *process = journal->processes[i];
		if (!process->named || !process->exe.size)
			continue;
		const char *name = arena_copy(arena, process->exe.at, process->exe.size);
		struct resolved *known;
		char path[PATH_MAX];
		HASH_FIND_STR(all, name, known);
		if (!known) {
			known = arena_take(arena, sizeof *known);
			known->name = name;
			known->path =
				realpath(name, path) ? text_of(arena_copy(arena, path, strlen(path))) : process->exe;
			HASH_ADD_KEYPTR(hh, all, known->name, strlen(known->name), known);
		}
		process->exe = known->path;
	}
	HASH_CLEAR(hh, all);
}

/* The nearest directory at or above `cwd` that is under version control; `cwd` if there is none. */
static struct text repository_of(struct arena *arena, struct text cwd)
{
	static const char *const marks[] = {".git", ".hg", ".svn", ".jj"};
	for (struct text at = cwd; at.size; at.size = (size_t)(text_basename(at).at - at.at - 1))
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
			const char *mark = arena_format(arena, "%.*s/%s", (int)at.size, at.at, marks[i]);
			if (access(mark, F_OK) == 0)
				return at;
		}
	return cwd;
}

static int apply_baseline(struct arena *arena, const char *path, struct suppressions *rules, struct report *out)
{
	struct baseline baseline;
	if (baseline_load(arena, path, &baseline))
		return -1;
	baseline_apply(arena, &baseline, rules, out);
	return 0;
}

struct run {
	struct arena *arena;
	const struct options *options;
	const char *name; /* path of the journal */
	enum pipeline_mode wanted;
	enum mode mode;
	bool again;                  /* faults of the journal were reported in an earlier try */
	uint64_t since_ns, until_ns; /* count only pages made in between */
	struct journal *journal;
	struct symbols *symbols;
	struct disk *disk;
	struct rules rules;
	struct coverage coverage;
	struct pages pages;
	char host[HOST_SIZE];
};

static void begin(struct run *run)
{
	char cwd[PATH_MAX];
	struct journal *journal = run->journal;
	const struct options *options = run->options;
	run->disk = disk_open(run->arena);
	resolve_programs(run->arena, journal);
	journal->elsewhere = run->wanted == PIPELINE_FROM_JOURNAL && is_other_host(journal, run->host);
	run->mode = mode_of(journal, run->wanted);
	run->coverage.complete = true;
	run->until_ns =
		options->min_age ? clock_ns(CLOCK_REALTIME) - (uint64_t)options->min_age * 1000000000u : UINT64_MAX;
	size_t globs = 0;
	while (options->pages[globs])
		globs++;
	run->rules = (struct rules){options->pages, options->not_pages, NULL, arena_take(run->arena, globs + 1)};
	if (journal->cwd.size > 0)
		run->rules.cwd = arena_copy(run->arena, journal->cwd.at, journal->cwd.size);
	else
		run->rules.cwd = getcwd(cwd, sizeof(cwd)) ? arena_copy(run->arena, cwd, strlen(cwd)) : "/";
	if (!options->debuginfod)
		symbols_no_servers();
	run->symbols = symbols_open(run->arena, journal);
	symbols_look_in(run->symbols, options->sysroot, options->debug_dir);
}

static void find_unattributed(struct run *run, const struct journal *later)
{
	struct unattributed_search search = {.now_ns = clock_ns(CLOCK_REALTIME),
					     .running = run->mode == MODE_SNAPSHOT,
					     .uid = starter_of(run->disk, run->name),
					     .later = later};
	unattributed_find(run->journal, &run->rules, run->disk, &search, &run->coverage, &run->pages);
}

/* Judges pages by the disk, finds running processes, and finds out what was not recorded. */
static void examine(struct run *run)
{
	struct journal *journal = run->journal;
	const struct journal *later = NULL;
	struct loaded again = {NULL, 0};
	bool here_too = !journal->elsewhere;
	verdict_judge(journal, run->symbols, &run->rules, run->disk, &run->pages);
	bool running = here_too && run->wanted != PIPELINE_EXIT &&
		       open_descriptors_find(journal, run->name, run->disk, &run->coverage, &run->pages);
	if (running)
		run->mode = MODE_SNAPSHOT;
	bool told = run->wanted != PIPELINE_ENDING; /* no report is made while others run */
	if (running && told && second_reading_is_wanted(journal, &run->pages) &&
	    (later = second_reading(journal, run->name, &again)))
		second_reading_settle(journal, later, &run->pages);
	coverage_fill(journal, running && !later ? journal : later, &run->coverage);
	if (journal->elsewhere)
		coverage_elsewhere(journal, run->host, &run->coverage);
	if (running)
		coverage_signals(journal, &run->coverage);
	journal->all_gone = here_too && run->mode == MODE_POST_MORTEM;
	out_of_sight_count(journal, &run->coverage, &run->pages);
	if (here_too)
		find_unattributed(run, later);
	journal_load_free(&again);
}

/*
 * The suppressions and the baseline could be read when the command started. If they cannot any more, its report is made
 * all the same.
 */
static bool must_go_on(const struct options *options, const char *what)
{
	if (!(options->command & COMMANDS_WAITING))
		return false;
	warning("the report is made without %s", what);
	return true;
}

/* Reports --pages globs that matched nothing: a typo there would hide leaks. */
static void report_unmatched(struct run *run, struct suppressions *suppressions, struct report *out)
{
	const char *const *pages = run->options->pages;
	for (size_t i = 0; pages[i]; i++)
		if (!run->rules.matched[i] && strcmp(pages[i], "@default"))
			suppress_add(run->arena, suppressions, arena_format(run->arena, "--pages=%s", pages[i]));
	suppress_left(out, out->finding_count, suppressions);
}

/* Hides the findings that suppressions, age or baseline exclude. */
static int hide(struct run *run, struct report *out)
{
	const struct options *options = run->options;
	struct suppressions suppressions = {0};
	if (suppress_load(run->arena, options->suppressions, &suppressions)) {
		if (!must_go_on(options, "its suppressions"))
			return -1;
		suppressions = (struct suppressions){0};
	}
	if (!options->no_known)
		suppress_left_by_design(run->arena, &suppressions);
	suppress_apply(run->arena, &suppressions, run->rules.cwd, out);
	suppress_all_but(run->arena, options->only_frames, run->rules.cwd, &suppressions, out);
	if (options->min_age)
		age_filter_apply(run->arena, arena_format(run->arena, "--min-age=%ld", options->min_age), 0,
				 run->until_ns, &suppressions, out);
	if (run->since_ns)
		age_filter_apply(run->arena, "--new-since-last", run->since_ns, UINT64_MAX, &suppressions, out);
	if (options->baseline && apply_baseline(run->arena, options->baseline, &suppressions, out) &&
	    !must_go_on(options, "its baseline"))
		return -1;
	report_unmatched(run, &suppressions, out);
	return 0;
}

static int make_report(struct run *run, const struct loaded *loaded, struct report *out)
{
	run->journal = arena_take(run->arena, sizeof *run->journal);
	if ((run->again ? journal_read_again : journal_read)(run->arena, loaded->bytes, loaded->size, run->name,
							     run->journal))
		return -1;
	begin(run);
	examine(run);
	bool here_too = !run->journal->elsewhere, html = run->options->html.wanted;
	leaked_directories_find(run->arena, &run->pages, run->since_ns, run->until_ns);
	struct findings_options grouping = {
		.show_kept = run->options->show_kept, .mode = run->mode, .coverage = &run->coverage};
	findings_group(run->journal, run->symbols, &run->pages, &grouping, out);
	int failed = hide(run, out);
	if (here_too && text_starts(out->cwd, "/"))
		out->root = repository_of(run->arena, out->cwd);
	out->ending = program_end_find(run->journal, run->mode, here_too ? proc_boot_ns() : 0);
	if (!failed && html)
		timeline_fill(run->arena, &run->pages, out);
	if (!failed && html && here_too && !run->options->force)
		source_lines_collect(run->arena, out);
	symbols_close(run->symbols);
	if (run->mode == MODE_SNAPSHOT)
		out->ended_ns = 0; /* processes still run */
	return failed;
}

int pipeline_report(struct arena *arena, const struct loaded *loaded, const char *name, const struct options *options,
		    enum pipeline_mode mode, uint64_t since_ns, struct report *out)
{
	struct run run = {.arena = arena, .options = options, .name = name, .wanted = mode, .since_ns = since_ns};
	return make_report(&run, loaded, out);
}

/*
 * Did a process write to the journal after it was loaded, though none runs now? Skips the comparison for old journals,
 * and for those without a killed process.
 */
static bool went_on(const struct journal *journal, const char *name, enum pipeline_mode wanted,
		    const struct loaded *loaded, const struct report *report)
{
	const uint64_t old_ns = 60000000000;
	bool unended = wanted == PIPELINE_ENDING ? report->mode != MODE_SNAPSHOT : report->mode == MODE_POST_MORTEM;
	bool may_have =
		unended && !journal->elsewhere && clock_ns(CLOCK_REALTIME) - program_end_last_ns(journal) < old_ns;
	return may_have && !journal_load_same(name, loaded);
}

int pipeline_report_file(struct arena *arena, const char *name, bool anybodys, const struct options *options,
			 enum pipeline_mode mode, uint64_t since_ns, struct loaded *loaded, struct report *out)
{
	enum { TRIES = 4 };
	for (int i = 1;; i++) {
		struct run run = {.arena = arena,
				  .options = options,
				  .name = name,
				  .wanted = mode,
				  .since_ns = since_ns,
				  .again = i > 1};
		*out = (struct report){0};
		int failed = journal_load(name, anybodys, loaded);
		if (failed)
			*loaded = (struct loaded){0};
		if (failed || make_report(&run, loaded, out))
			return -1;
		if (i == TRIES || !went_on(run.journal, name, mode, loaded, out))
			return 0;
		journal_load_free(loaded);
	}
}
