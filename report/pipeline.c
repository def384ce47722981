/*
 * pipeline.c - read, judge, group. It opens no journal and writes no report; of the disk it asks what programs' names lead to.
 */
#include "pipeline.h"
#include "age.h"
#include "coverage.h"
#include "ending.h"
#include "fold.h"
#include "hidden.h"
#include "holders.h"
#include "later.h"
#include "baseline.h"
#include "source.h"
#include "survey.h"
#include "timeline.h"
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

/* The disk that is looked at is this machine's: of a journal from another one nothing may be there. */
static bool is_other_host(const struct journal *journal, char host[static HOST_SIZE])
{
	*host = host[HOST_SIZE - 1] = 0;
	gethostname(host, HOST_SIZE - 1);
	return journal->host.size > 0 && !text_is(journal->host, host);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Who started the audit made the journal. */
static uint32_t starter_of(const char *journal)
{
	struct disk_entry entry = real_disk.look(&real_disk, journal);
	return entry.exists ? entry.uid : geteuid();
}

static void survey_disk(struct journal *journal, const struct journal *later, const struct rules *rules, const char *name, enum mode mode,
			struct coverage *coverage, struct pages *pages)
{
	struct survey survey = {.now_ns = now_ns(), .running = mode == MODE_SNAPSHOT, .uid = starter_of(name), .later = later};
	survey_unattributed(journal, rules, &real_disk, &survey, coverage, pages);
}

struct resolved {
	const char *name;
	struct text path;
	UT_hash_handle hh;
};

/* Names of programs become paths: /bin/sh is /usr/bin/dash. One that is not here stays as it is. */
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
			known->path = realpath(name, path) ? text_of(arena_copy(arena, path, strlen(path))) : process->exe;
			HASH_ADD_KEYPTR(hh, all, known->name, strlen(known->name), known);
		}
		process->exe = known->path;
	}
	HASH_CLEAR(hh, all);
}

/* The nearest directory above that is under version control; `cwd` itself if there is none. */
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

static int report_on(struct arena *arena, const struct loaded *loaded, const char *name, const struct options *options,
		     enum pipeline_mode mode, uint64_t since_ns, struct journal *journal, struct report *out)
{
	struct pages pages = {0};
	struct suppressions suppressions = {0};
	char cwd[PATH_MAX], host[HOST_SIZE];
	if (journal_read(arena, loaded->bytes, loaded->size, name, journal))
		return -1;
	resolve_programs(arena, journal);
	journal->elsewhere = mode == PIPELINE_FROM_JOURNAL && is_other_host(journal, host);
	bool here_too = !journal->elsewhere;
	struct rules rules = {options->pages, options->not_pages, NULL};
	if (journal->cwd.size > 0)
		rules.cwd = arena_copy(arena, journal->cwd.at, journal->cwd.size);
	else
		rules.cwd = getcwd(cwd, sizeof(cwd)) ? arena_copy(arena, cwd, strlen(cwd)) : "/";
	if (!options->debuginfod)
		symbols_no_servers();
	struct symbols *symbols = symbols_open(arena, journal);
	symbols_look_in(symbols, options->sysroot, options->debug_dir);
	struct coverage coverage = {.complete = true};
	const struct journal *later = NULL;
	struct loaded again = {NULL, 0};
	struct group_options grouping = {.show_kept = options->show_kept, .mode = mode_of(journal, mode), .coverage = &coverage};
	int result = verdict_judge(journal, symbols, &rules, &real_disk, &pages);
	size_t running = result == 0 && here_too && mode != PIPELINE_EXIT ? holders_find(journal, name, &coverage, &pages) : 0;
	if (running && later_is_wanted(journal, &pages) && (later = later_read(journal, name, &again)))
		later_settle_pages(journal, later, &pages);
	coverage_fill(journal, running && !later ? journal : later, &coverage);
	if (journal->elsewhere)
		coverage_elsewhere(journal, host, &coverage);
	if (running) {
		grouping.mode = MODE_SNAPSHOT;
		coverage_signals(journal, &coverage);
	}
	journal->all_gone = here_too && grouping.mode == MODE_POST_MORTEM;
	if (result == 0)
		hidden_count(journal, &coverage, &pages);
	if (result == 0 && here_too)
		survey_disk(journal, later, &rules, name, grouping.mode, &coverage, &pages);
	uint64_t until_ns = options->min_age ? now_ns() - (uint64_t)options->min_age * 1000000000u : UINT64_MAX;
	if (result == 0)
		fold_pages(arena, &pages, since_ns, until_ns);
	if (result == 0)
		result = group_findings(journal, symbols, &pages, &grouping, out);
	if (result == 0)
		result = suppress_load(arena, options->suppressions, &suppressions);
	if (result == 0 && !options->no_known)
		suppress_known(arena, &suppressions);
	if (result == 0)
		suppress_apply(arena, &suppressions, rules.cwd, out);
	if (result == 0)
		suppress_all_but(arena, options->only_frames, rules.cwd, &suppressions, out);
	if (result == 0 && options->min_age)
		age_hide(arena, arena_format(arena, "--min-age=%ld", options->min_age), 0, until_ns,
			 &suppressions, out);
	if (result == 0 && since_ns)
		age_hide(arena, "--new-since-last", since_ns, UINT64_MAX, &suppressions, out);
	if (result == 0 && options->baseline)
		result = apply_baseline(arena, options->baseline, &suppressions, out);
	if (result == 0 && here_too && text_starts(out->cwd, "/"))
		out->root = repository_of(arena, out->cwd);
	out->ending = ending_find(journal, grouping.mode, here_too ? ending_boot_ns() : 0);
	if (result == 0 && options->html.wanted)
		timeline_fill(arena, &pages, out);
	if (result == 0 && options->html.wanted && here_too && !options->force)
		source_collect(arena, out);
	symbols_close(symbols);
	journal_file_unload(&again);
	if (grouping.mode == MODE_SNAPSHOT)
		out->ended_ns = 0; /* processes are left */
	return result;
}

int pipeline_report(struct arena *arena, const struct loaded *loaded, const char *name, const struct options *options,
		    enum pipeline_mode mode, uint64_t since_ns, struct report *out)
{
	return report_on(arena, loaded, name, options, mode, since_ns, arena_take(arena, sizeof(struct journal)), out);
}

/* Nobody of it is left, but somebody was when it was read. An old journal need not be compared for that, nor one of which nobody is here. */
static bool went_on(const struct journal *journal, const char *name, const struct loaded *loaded, const struct report *report)
{
	const uint64_t old_ns = 60000000000;
	bool may_have = report->mode != MODE_SNAPSHOT && !journal->elsewhere && now_ns() - ending_last_ns(journal) < old_ns;
	return may_have && !journal_file_same(name, loaded);
}

int pipeline_report_file(struct arena *arena, const char *name, bool anybodys, const struct options *options, enum pipeline_mode mode, uint64_t since_ns,
			 struct loaded *loaded, struct report *out)
{
	enum { TRIES = 4 };
	struct journal *journal = arena_take(arena, sizeof *journal);
	for (int i = 1;; i++) {
		*out = (struct report){0};
		int failed = journal_file_load(name, anybodys, loaded);
		if (failed)
			*loaded = (struct loaded){0};
		if (failed || report_on(arena, loaded, name, options, mode, since_ns, journal, out))
			return -1;
		if (i == TRIES || !went_on(journal, name, loaded, out))
			return 0;
		journal_file_unload(loaded);
	}
}
