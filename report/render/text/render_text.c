/*
 * render_text.c - the text report: one block a finding, the worst first; totals and coverage last. Long lists are cut,
 * with a note. Every name is escaped: file names may hold any byte.
 */
#include "base/amount.h"
#include "base/arena.h"
#include "base/text.h"
#include "findings/suppress.h"
#include "findings/suppression_text.h"
#include "frames/languages.h"
#include "journal/function_names.h"
#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/render.h"
#include "render/text/text_stack.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATHS_SHOWN = 3, SCOPES_SHOWN = 3, UNAUDITED_SHOWN = 6, ANCESTORS_SHOWN = 6, COMMAND_SHOWN = 70 };

static const char *const verdict_meanings[] = {
#define X(id, name, fails, counts, meaning) meaning,
	VERDICT_TABLE(X)
#undef X
};

/* ---- words and numbers ---- */

static const char *count_of(struct arena *arena, uint64_t count, const char *one, const char *many)
{
	return arena_format(arena, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

static const char *verdict_color(const struct text_stack_style *style, enum verdict verdict)
{
	if (!style->color)
		return "";
	if (verdict == VERDICT_LEAKED)
		return "\033[1;31m";
	return verdict_counts[verdict] == COUNTS_NONE ? "\033[1;36m" : "\033[1;33m";
}

/* ---- processes ---- */

static const char *process_name(const struct text_stack_style *style, const struct process *process)
{
	struct text name = process->exe.size || process->argc == 0 ? process->exe : process->argv[0];
	return name.size ? text_shown(style->arena, text_basename(name)) : "?";
}

/* The command line in short: `python3 table.py`. */
static const char *process_command(const struct text_stack_style *style, const struct process *process)
{
	struct arena *arena = style->arena;
	if (process->argc == 0)
		return process_name(style, process);
	const char *line = arena_copy(arena, text_basename(process->argv[0]).at, text_basename(process->argv[0]).size);
	for (size_t i = 1; i < process->argc && strlen(line) <= COMMAND_SHOWN; i++)
		line = arena_format(arena, "%s %.*s", line, (int)process->argv[i].size, process->argv[i].at);
	return text_stack_short(style, text_of(line), COMMAND_SHOWN);
}

/* `bash(12) -> make(13) -> python3(14)`: who started whom, the process itself last. */
static const char *ancestry(const struct text_stack_style *style, const struct process *process)
{
	const struct process *chain[ANCESTORS_SHOWN];
	int count = 0;
	const struct process *p = process;
	for (; p && count < ANCESTORS_SHOWN; p = p->parent)
		chain[count++] = p;
	const char *line = p ? "... -> " : "";
	while (count-- > 0)
		line = arena_format(style->arena, "%s%s(%u)%s", line, process_name(style, chain[count]),
				    chain[count]->pid, count ? " -> " : "");
	return line;
}

/* ---- a finding ---- */

static void print_filler(const struct text_stack_style *style, const struct finding *finding)
{
	const struct report *report = style->report;
	const char *made = report ? finding_place_maker(style->arena, report, finding->filler) : "";
	fprintf(style->out, "  %-8s %zu of %s below %s made by %s%s%s\n", "", finding->filler->entries,
		count_of(style->arena, finding->below.left, "entry", "entries"),
		finding->filler->entries == 1 ? "was" : "were", made, *made ? " in " : "",
		process_command(style, finding->filler->owner));
}

static void print_paths(const struct text_stack_style *style, const struct finding *finding)
{
	static const char *const kinds[] = {[PAGE_FILE] = "",
					    [PAGE_DIRECTORY] = "/",
					    [PAGE_SYMLINK] = " (symbolic link)",
					    [PAGE_FIFO] = " (fifo)",
					    [PAGE_SOCKET] = " (socket)",
					    [PAGE_DEVICE] = " (device)",
					    [PAGE_SHM] = " (shared memory)",
					    [PAGE_SEMAPHORE] = " (semaphore)"};
	/* A part of a finding (one test's) may have nothing but what is below. */
	bool whole = finding->tops && !finding->pages[0]->top;
	size_t count = whole ? finding->tops : finding->entries, shown = count <= PATHS_SHOWN + 1 ? count : PATHS_SHOWN;
	for (size_t i = 0; i < shown && i < finding->entries; i++) {
		const struct page *page = finding->pages[i];
		fprintf(style->out, "  %s%s", text_stack_path(style, page->path), kinds[page->kind]);
		if (page->renamed_from.size > 0)
			fprintf(style->out, "  %s(made as %s)%s", text_stack_dim(style),
				text_stack_path(style, page->renamed_from), text_stack_plain(style));
		fputc('\n', style->out);
	}
	if (shown < count)
		fprintf(style->out, "  %s... and %zu more%s\n", text_stack_dim(style), count - shown,
			text_stack_plain(style));
	if (finding->below.left)
		fprintf(style->out, "  %swith %s below; JSON has each%s\n", text_stack_dim(style),
			count_of(style->arena, finding->below.left, "entry", "entries"), text_stack_plain(style));
	if (finding->filler)
		print_filler(style, finding);
	if (finding->below.removed)
		fprintf(style->out, "  %-8s %llu of %s below %s removed, and the directory left\n", "",
			(unsigned long long)finding->below.removed,
			count_of(style->arena, finding->below.removed + finding->below.left, "entry", "entries"),
			finding->below.removed + finding->below.left == 1 ? "was" : "were");
	if (finding->below.removed_before_ns)
		fprintf(style->out, "  %-8s made again after it had been removed\n", "");
}

static void print_why(const struct text_stack_style *style, const struct finding *finding)
{
	static const char *const why[] = {
		[JUDGED_NOT] = "nothing says that this is a page: an output, probably",
		[JUDGED_PATTERN] = "a page because it matches --pages",
		[JUDGED_TEMP_ROOT] = "a page because it lies in a directory for temporary files",
		[JUDGED_TEMP_API] = "a page because the call that made it makes temporary ones",
		[JUDGED_MIXED_SITE] = "a page because the same place in the program released others of its kind",
		[JUDGED_UNATTRIBUTED] = "unattributed: nobody that was audited made it",
	};
	bool gone = finding->judged == JUDGED_NOT && finding->release;
	fprintf(style->out, "  %-8s %s\n", "why", gone ? "a page because it was removed again" : why[finding->judged]);
	if (finding->site_created > finding->entries)
		fprintf(style->out, "  %-8s that place made %llu and released %llu of them in time\n", "",
			(unsigned long long)finding->site_created, (unsigned long long)finding->site_released);
}

/* Of a page that no audited process made: the unaudited programs that ran when it was created. */
static void print_stranger(const struct text_stack_style *style, const struct finding *finding)
{
	const struct stranger *stranger = finding->stranger;
	char born[64] = "";
	struct tm parts;
	time_t seconds = (time_t)(finding->pages[0]->stranger->born_ns / 1000000000u);
	size_t listed = stranger->doubt_count <= UNAUDITED_SHOWN ? stranger->doubt_count : UNAUDITED_SHOWN - 1;
	for (size_t i = 0; i < listed; i++) {
		const struct doubt *doubt = stranger->doubts[i];
		const char *label = i ? "" : "ran then";
		if (!doubt->process)
			fprintf(style->out, "  %-8s %s\n", label, doubt->reason);
		else if (!doubt->process->pid)
			fprintf(style->out, "  %-8s %s: %s\n", label, text_stack_path(style, doubt->process->exe),
				doubt->reason);
		else
			fprintf(style->out, "  %-8s %s (pid %u): %s\n", label,
				text_stack_path(style, doubt->process->exe), doubt->process->pid, doubt->reason);
	}
	if (listed < stranger->doubt_count)
		fprintf(style->out, "  %-8s %s... and %zu more%s\n", "", text_stack_dim(style),
			stranger->doubt_count - listed, text_stack_plain(style));
	if (localtime_r(&seconds, &parts))
		strftime(born, sizeof(born), "%Y-%m-%d %H:%M:%S", &parts);
	fprintf(style->out, "  %-8s %s, owner uid %u\n", "born", born, stranger->uid);
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;
	return x < y ? -1 : x > y;
}

/* Prints the processes that made pages of this finding, but for the first page's. */
static size_t other_makers(const struct finding *finding)
{
	const struct process **makers = malloc(finding->entries * sizeof *makers);
	size_t others = 0;
	if (!makers)
		return 0;
	for (size_t i = 0; i < finding->entries; i++)
		makers[i] = finding->pages[i]->made->process;
	qsort(makers, finding->entries, sizeof *makers, by_address);
	for (size_t i = 1; i < finding->entries; i++)
		others += makers[i] != makers[i - 1];
	free(makers);
	return others;
}

static void print_owner(const struct text_stack_style *style, const struct finding *finding)
{
	const struct process *owner = finding->owner;
	if (finding->stranger) {
		print_stranger(style, finding);
		return;
	}
	if (!owner) {
		fprintf(style->out, "  %-8s nobody that was audited\n", "owner");
		return;
	}
	fprintf(style->out, "  %-8s %s%s%s (pid %u)\n", "owner", text_stack_bold(style), process_command(style, owner),
		text_stack_plain(style), owner->pid);
	size_t others = other_makers(finding);
	if (others)
		fprintf(style->out, "  %-8s and %s that made pages there, too; JSON has each\n", "",
			count_of(style->arena, others, "other process", "other processes"));
	if (owner->parent)
		fprintf(style->out, "  %-8s started by %s (pid %u)\n", "", process_command(style, owner->parent),
			owner->parent->pid);
	if (owner->parent && owner->parent->parent)
		fprintf(style->out, "  %-8s %s%s%s\n", "", text_stack_dim(style), ancestry(style, owner),
			text_stack_plain(style));
	const struct event *made = finding->pages[0]->made;
	if (made && made->process && made->process->pid != owner->pid)
		fprintf(style->out, "  %-8s %s (pid %u), for it\n", "maker", process_command(style, made->process),
			made->process->pid);
	if (finding->object)
		fprintf(style->out, "  %-8s %s%s%s at 0x%llx\n", "object", text_stack_bold(style),
			text_stack_short(style, finding->object->type, COMMAND_SHOWN), text_stack_plain(style),
			(unsigned long long)finding->object->address);
}

static void print_scopes(const struct text_stack_style *style, const struct finding *finding)
{
	for (size_t i = 0; i < finding->scope_count && i < SCOPES_SHOWN; i++)
		fprintf(style->out, "  %-8s %s\n", i ? "" : "scope", text_stack_short(style, finding->scopes[i], 100));
	if (finding->scope_count > SCOPES_SHOWN)
		fprintf(style->out, "  %-8s %s... and %zu more%s\n", "", text_stack_dim(style),
			finding->scope_count - SCOPES_SHOWN, text_stack_plain(style));
}

static void print_stacks(const struct text_stack_style *style, const struct finding *finding)
{
	if (finding->api)
		fprintf(style->out, "  %-8s %s%s\n", "made by", finding->api,
			finding->api_raw ? ", as a raw system call" : "");
	text_stack_script(style, language_of(finding->script)->name, finding->script);
	text_stack_native(style, "native", finding->native, finding->script);
}

static void print_holders(const struct text_stack_style *style, const struct finding *finding)
{
	size_t shown = 0;
	for (size_t i = 0; i < finding->entries; i++)
		for (const struct holder *at = finding->pages[i]->holders; at && shown < PATHS_SHOWN; at = at->next) {
			fprintf(style->out, "  %-8s %s (pid %u), ", shown++ ? "" : "held by",
				text_stack_path(style, at->exe), at->pid);
			if (at->descriptor < 0)
				fputs("mapped", style->out);
			else
				fprintf(style->out, "descriptor %d", at->descriptor);
			fprintf(style->out, "  %s%s%s\n", text_stack_dim(style),
				text_stack_path(style, finding->pages[i]->path), text_stack_plain(style));
		}
}

/* Prints why the page was not released: what held its owner, innermost first, and advice. */
static void print_cause(const struct text_stack_style *style, const struct finding *finding)
{
	const struct cause *cause = finding->cause;
	if (!cause)
		return;
	fprintf(style->out, "  %-8s %s%s%s\n", "cause", text_stack_bold(style),
		text_stack_short(style, cause->detail, 200), text_stack_plain(style));
	/* Leave out a cycle, and a single link that the cause names already. */
	bool named = cause->chain_count == 2 &&
		     text_ends(cause->detail, arena_copy(style->arena, cause->chain[1].at, cause->chain[1].size));
	for (size_t i = 1; i < cause->chain_count && cause->kind != CAUSE_CYCLE && !named; i++)
		fprintf(style->out, "  %-8s %*s<- %s\n", i == 1 ? "held by" : "", (int)(2 * (i - 1)), "",
			text_stack_short(style, cause->chain[i], 160));
	if (cause->advice.size)
		fprintf(style->out, "  %-8s %s\n", "advice", text_stack_short(style, cause->advice, 200));
}

/* "__del__, by gc.collect()": what called the release, and what made that run. */
static const char *release_way(const struct text_stack_style *style, const struct finding *finding)
{
	if (!finding->release_by)
		return "";
	if (!finding->release_trigger)
		return arena_format(style->arena, " (%s)", finding->release_by);
	bool refcount = !strcmp(finding->release_trigger, "refcount");
	return arena_format(style->arena, " (%s, %s%s)", finding->release_by,
			    refcount ? "when the last reference went" : "by ",
			    refcount ? "" : finding->release_trigger);
}

/* Prints how the page was released, or how its owner ended. */
static void print_fate(const struct text_stack_style *style, const struct finding *finding, enum mode mode)
{
	static const char *const phases[] = {[PHASE_RUNNING] = "while running",
					     [PHASE_COLLECTOR] = "by the collector",
					     [PHASE_AFTER_SCOPE] = "after its scope had ended",
					     [PHASE_EXIT] = "by exit handlers",
					     [PHASE_FINALIZATION] = "while the interpreter was shutting down"};
	const struct event *event = finding->release;
	const struct process *owner = finding->owner;
	if (event && event->process) {
		fprintf(style->out, "  %-8s %s%s, by %s in %s (pid %u)\n", "released", phases[finding->phase],
			release_way(style, finding), function_names_at(event->api),
			process_command(style, event->process), event->process->pid);
		text_stack_script(style, "", event->script);
		text_stack_native(style, "", finding->release_native, event->script);
	} else if (!finding->cause && finding->verdict == VERDICT_LEAKED && mode != MODE_SNAPSHOT && owner &&
		   !owner->ended_cleanly && !owner->replaced) {
		fprintf(style->out, "  %-8s its owner ended without a word: killed, or by a raw system call\n",
			"ended");
	}
}

static void print_finding(const struct text_stack_style *style, const struct finding *finding, enum mode mode)
{
	char name[16];
	size_t size = 0;
	for (const char *at = verdict_names[finding->verdict]; *at && size + 1 < sizeof(name); at++)
		name[size++] = (char)(*at - 'a' + 'A');
	name[size] = 0;
	fprintf(style->out, "%s%s%s  %s, %s  %s%s%s\n", verdict_color(style, finding->verdict), name,
		text_stack_plain(style), count_of(style->arena, finding->entries, "entry", "entries"),
		amount_bytes(style->arena, finding->bytes), text_stack_bold(style),
		text_stack_path(style, finding->template), text_stack_plain(style));
	if (finding->verdict != VERDICT_LEAKED)
		fprintf(style->out, "  %s%s%s\n", text_stack_dim(style), verdict_meanings[finding->verdict],
			text_stack_plain(style));
	print_paths(style, finding);
	print_why(style, finding);
	print_owner(style, finding);
	print_scopes(style, finding);
	print_stacks(style, finding);
	print_holders(style, finding);
	print_fate(style, finding, mode);
	print_cause(style, finding);
	if (verdict_counts[finding->verdict] != COUNTS_NONE)
		fprintf(style->out, "  %s%-8s %s%s\n", text_stack_dim(style), "rule",
			text_stack_short(style, text_of(suppression_text_for(style->arena, finding)), 200),
			text_stack_plain(style));
	fputc('\n', style->out);
}

/* ---- totals and coverage ---- */

static void print_gaps(const struct text_stack_style *style, const struct coverage *coverage)
{
	size_t shown = coverage->unaudited_count <= UNAUDITED_SHOWN ? coverage->unaudited_count : UNAUDITED_SHOWN - 1;
	for (size_t i = 0; i < shown; i++) {
		const struct unaudited *one = &coverage->unaudited[i];
		const char *exe = one->exe.size ? text_shown(style->arena, one->exe) : "a process";
		if (one->pid)
			fprintf(style->out, "  not audited: %s (pid %u): %s\n", exe, one->pid, one->reason);
		else /* the command itself, which left no record */
			fprintf(style->out, "  not audited: %s: %s\n", exe, one->reason);
	}
	if (shown < coverage->unaudited_count)
		fprintf(style->out, "  not audited: %zu more\n", coverage->unaudited_count - shown);
	for (size_t i = 0; i < coverage->running_count; i++)
		fprintf(style->out, "  still running: %s (pid %u)\n", text_stack_path(style, coverage->running[i].exe),
			coverage->running[i].pid);
	if (coverage->events_lost > 0)
		fprintf(style->out, "  lost: %s\n", count_of(style->arena, coverage->events_lost, "event", "events"));
	for (size_t i = 0; i < coverage->limit_count; i++)
		fprintf(style->out, "  note: %s\n", text_shown(style->arena, text_of(coverage->limits[i])));
}

static void print_totals(const struct text_stack_style *style, const struct report *report)
{
	const struct coverage *coverage = &report->coverage;
	fputs("pages:", style->out);
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const struct total *total = &report->totals[verdict];
		fprintf(style->out, "%s %llu %s", verdict ? "," : "", (unsigned long long)total->entries,
			verdict_names[verdict]);
		if (total->bytes > 0)
			fprintf(style->out, " (%s)", amount_bytes(style->arena, total->bytes));
	}
	fprintf(style->out, "\nseen:  %zu of %s audited%s\n", coverage->audited,
		count_of(style->arena, coverage->processes, "process", "processes"),
		coverage->complete ? "" : "; the audit is incomplete");
}

static void print_ending(const struct text_stack_style *style, const struct ending *ending)
{
	const char *name = ending->signal ? sigabbrev_np(ending->signal) : NULL;
	const char *by = ending->signal ? arena_format(style->arena, " by %s%s", name ? "SIG" : "signal ",
						       name ? name : arena_format(style->arena, "%d", ending->signal))
					: "";
	if (ending->kind == ENDING_CRASHED)
		fprintf(style->out, "; the program crashed%s", by);
	else if (ending->kind == ENDING_KILLED)
		fprintf(style->out, "; the program was killed%s",
			ending->signal ? by : ", or crashed: it left no word");
	else if (ending->kind == ENDING_LOST)
		fputs("; the machine went down while it ran", style->out);
}

static bool hides(const struct report *report, const char *rule)
{
	for (size_t i = 0; i < report->rule_count; i++)
		if (strcmp(report->rules[i].text, rule) == 0 && report->rules[i].hidden.entries)
			return true;
	return false;
}

/* Prints the report without findings: one line, or two. */
static void print_clean(const struct text_stack_style *style, const struct report *report)
{
	struct arena *arena = style->arena;
	const struct total *kept = &report->totals[VERDICT_KEPT];
	uint64_t made = report->totals[VERDICT_RELEASED].entries;
	if (report->coverage.complete)
		fprintf(style->out, "pageleak: %s; %s made and released, %s audited",
			hides(report, "--new-since-last") ? "nothing new since the last snapshot"
			: report->baselined_count         ? "no new leaks"
			: report->mode == MODE_SNAPSHOT   ? "no leaks so far"
							  : "no leaks",
			count_of(arena, made, "page", "pages"),
			count_of(arena, report->coverage.audited, "process", "processes"));
	else
		fprintf(style->out, "pageleak: no leak was seen%s, but not everything was: %zu of %s audited",
			report->mode == MODE_SNAPSHOT ? " so far" : "", report->coverage.audited,
			count_of(arena, report->coverage.processes, "process", "processes"));
	print_ending(style, &report->ending);
	fputc('\n', style->out);
	if (!report->coverage.complete || report->mode == MODE_SNAPSHOT)
		print_gaps(style, &report->coverage);
	if (report->coverage.complete && kept->entries > 0)
		fprintf(style->out, "  %s (%s) kept: nothing says that %s; --show-kept lists %s\n",
			count_of(arena, kept->entries, "other entry", "other entries"),
			amount_bytes(arena, kept->bytes), kept->entries == 1 ? "it is a page" : "they are pages",
			kept->entries == 1 ? "it" : "them");
}

static void print_headline(const struct text_stack_style *style, const struct report *report, size_t findings)
{
	struct arena *arena = style->arena;
	const struct total *leaked = &report->totals[VERDICT_LEAKED];
	const char *color = leaked->entries ? verdict_color(style, VERDICT_LEAKED) : "";
	if (leaked->entries > 0)
		fprintf(style->out, "%spageleak: %s leaked, %s", color,
			count_of(arena, leaked->entries, "page", "pages"), amount_bytes(arena, leaked->bytes));
	else
		fprintf(style->out, "pageleak: no page leaked");
	fprintf(style->out, "%s; %s", *color ? text_stack_plain(style) : "",
		count_of(arena, findings, "finding", "findings"));
	if (report->mode == MODE_SNAPSHOT)
		fputs("; snapshot: processes were still running", style->out);
	else
		print_ending(style, &report->ending);
	fputs("\n\n", style->out);
}

void render_text_finding(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding,
			 const struct render_options *options)
{
	struct text_stack_style style = {arena, out, options->color, options->all_frames, report->cwd, NULL, report};
	print_finding(&style, finding, report->mode);
}

/* Appends a program's name once: the rules of one program follow one another. */
static const char *with_name(struct arena *arena, const char *names, struct text name)
{
	if (text_ends(text_of(names), text_shown(arena, name)))
		return names;
	return arena_format(arena, "%s%s%s", names, *names ? ", " : "", text_shown(arena, name));
}

static void print_fixed(const struct text_stack_style *style, const struct report *report,
			const struct render_options *options)
{
	enum { FIXED_SHOWN = 10 };
	size_t count = report->fixed_count;
	if (!count)
		return;
	fprintf(style->out,
		"  fixed: %s of the baseline that %s no more%s; a --json report of this run is the next baseline\n",
		count_of(style->arena, count, "finding", "findings"), count == 1 ? "is" : "are",
		options->gate && options->gate->fixed ? ", which fails the gate" : "");
	for (size_t i = 0; i < count && i < FIXED_SHOWN; i++) {
		const struct fixed_finding *one = &report->fixed[i];
		fprintf(style->out, "    %s %s%s%s\n", text_shown(style->arena, text_of(one->verdict)),
			text_stack_path(style, one->template), *one->made ? ", made by " : "",
			text_shown(style->arena, text_of(one->made)));
	}
	if (count > FIXED_SHOWN)
		fprintf(style->out, "    ... and %zu more; JSON has each\n", count - FIXED_SHOWN);
}

/* Prints a line for all files left by design, one for each of the user's rules, and the rules that hid nothing. */
static void print_suppressed(const struct text_stack_style *style, const struct report *report,
			     const struct render_options *options)
{
	struct total known = {0, 0};
	const char *who = "";
	for (size_t i = 0; i < report->rule_count; i++) {
		const struct suppression *rule = &report->rules[i];
		const char *text = text_stack_short(style, text_of(rule->text), 120);
		if (!rule->hidden.entries && !rule->by_design)
			fprintf(style->out, "  unused rule: %s\n", text);
		if (!rule->hidden.entries)
			continue;
		if (!rule->by_design) {
			fprintf(style->out, "  suppressed: %s (%s) by %s\n",
				count_of(style->arena, rule->hidden.entries, "entry", "entries"),
				amount_bytes(style->arena, rule->hidden.bytes), text);
			continue;
		}
		known.entries += rule->hidden.entries;
		known.bytes += rule->hidden.bytes;
		who = with_name(style->arena, who, (struct text){rule->by_design, strcspn(rule->by_design, ":")});
	}
	print_fixed(style, report, options);
	if (known.entries)
		fprintf(style->out, "  left by design: %s (%s) of %s; --no-known shows them\n",
			count_of(style->arena, known.entries, "entry", "entries"),
			amount_bytes(style->arena, known.bytes), who);
}

/* Prints the counts of findings that are listed on request only, because programs are written so. */
static void print_unlisted(const struct text_stack_style *style, const struct report *report,
			   const struct render_options *options)
{
	size_t handled = 0;
	for (size_t i = 0; i < report->finding_count; i++)
		handled += report->findings[i].handled_at_exit ? report->findings[i].entries : 0;
	if (report->collected.entries && !options->collected)
		fprintf(style->out,
			"  %s released only by Python's garbage collector; --fail-on=collector lists them\n",
			count_of(style->arena, report->collected.entries, "page was", "pages were"));
	if (handled && !options->late)
		fprintf(style->out, "  %s released only by exit handlers of the program; --fail-on=late lists them\n",
			count_of(style->arena, handled, "page was", "pages were"));
}

int render_text(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	struct text_stack_memo memo = {0};
	struct text_stack_style style = {arena, out, options->color, options->all_frames, report->cwd, &memo, report};
	size_t listed = 0;
	for (size_t i = 0; i < report->finding_count; i++)
		listed += render_lists(&report->findings[i], options);
	if (!listed) {
		print_clean(&style, report);
		print_unlisted(&style, report, options);
	} else {
		print_headline(&style, report, listed);
		for (size_t i = 0; i < report->finding_count; i++)
			if (render_lists(&report->findings[i], options))
				print_finding(&style, &report->findings[i], report->mode);
		print_gaps(&style, &report->coverage);
		print_totals(&style, report);
		print_unlisted(&style, report, options);
	}
	print_suppressed(&style, report, options);
	if (options->journal && report->finding_count > 0)
		fprintf(out, "journal: %s\n", text_shown(arena, text_of(options->journal)));
	return 0;
}
