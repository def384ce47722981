/*
 * unattributed.c - searches the directories for temporary files breadth first, within limits. Reads the disk only
 * through `struct disk`. Must not report an entry that is recorded or not covered by a doubt.
 */
#include "coverage/unattributed.h"
#include "base/arena.h"
#include "base/clock_ns.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/template.h"
#include "base/text.h"
#include "coverage/coverage.h"
#include "format.h"
#include "judge/page_rules.h"
#include "judge/standing.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <uthash.h>

struct directory {
	struct text path;
	struct identity identity;
	const struct stranger *above; /* the found directory above it; NULL: none */
	struct directory *next;       /* in the queue of directories */
	UT_hash_handle hh;
};

/* A found entry; `known` when a record has it. */
struct candidate {
	struct inode {
		uint64_t device, inode;
	} key;
	struct page page;
	struct stranger stranger;
	struct candidate *next, *same; /* next: in order of discovery; same: another name of the inode */
	bool known;
	UT_hash_handle hh;
};

struct scan {
	struct journal *journal;
	struct arena *arena;
	struct disk *disk;
	struct page_rules *judge;
	struct coverage *coverage;
	const struct unattributed_search *survey;
	uint64_t start_ns, end_ns, deadline_ns, slack_ns;
	struct directory *first, *last, *seen, *here;
	struct candidate *candidates, *first_candidate, *last_candidate;
	size_t entries, count;
	bool stopped, birthless;
};

/* ---- time and user ---- */

static bool is_audit_over(const struct journal *journal, uint64_t *end_ns)
{
	*end_ns = journal->started_ns;
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		const struct process *witness = process->audited || process->ended_ns ? process : process->parent;
		if (!witness || !witness->ended_ns)
			return false;
		if (witness->ended_ns > *end_ns)
			*end_ns = witness->ended_ns;
	}
	return journal->process_count > 0;
}

/*
 * When the audit ended. Without a recorded end (after `record` no process is left to write it) that is the last
 * recorded end of a process, provided that each unaudited program was started by a process with a recorded end.
 */
static uint64_t end_of(const struct journal *journal, const struct unattributed_search *survey)
{
	uint64_t end_ns;
	if (survey->running)
		return survey->now_ns;
	if (journal->has_end)
		return journal->ended_ns;
	return is_audit_over(journal, &end_ns) ? end_ns : survey->now_ns;
}

/* Birth times come from the coarse clock of the kernel, which was one and a half ticks behind in a virtual machine. */
static uint64_t slack_ns(void)
{
	struct timespec tick = {0, 0};
	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	return 3 * ((uint64_t)tick.tv_sec * 1000000000u + (uint64_t)tick.tv_nsec);
}

static bool covers_time(const struct scan *scan, const struct doubt *doubt, uint64_t born_ns)
{
	return doubt->from_ns <= born_ns + scan->slack_ns && (!doubt->to_ns || born_ns <= doubt->to_ns);
}

/* Does `uid` own the setuid executable of the process? */
static bool is_of_file(struct scan *scan, const struct process *process, uint32_t uid)
{
	char path[PATH_MAX];
	if (!process->exe.size || process->exe.size >= sizeof path || process->exe.at[0] != '/')
		return false;
	memcpy(path, process->exe.at, process->exe.size);
	path[process->exe.size] = 0;
	struct disk_entry entry = scan->disk->look(scan->disk, path);
	return entry.exists && entry.mode & S_ISUID && entry.uid == uid;
}

static bool covers_user(struct scan *scan, const struct doubt *doubt, uint32_t uid)
{
	const struct journal *journal = scan->journal;
	if (doubt->process && (doubt->process->uid_known ? doubt->process->uid : scan->survey->uid) == uid)
		return true;
	if (doubt->process)
		return !doubt->process->audited && is_of_file(scan, doubt->process, uid);
	for (size_t i = 0; i < journal->process_count; i++)
		if (journal->processes[i]->uid_known && journal->processes[i]->uid == uid)
			return true;
	return uid == scan->survey->uid;
}

/* Equal for the same program and reason, however often it ran. */
static uint64_t doubt_key(const struct doubt *doubt)
{
	uint64_t exe = doubt->process ? hash_text(HASH_START, doubt->process->exe) : HASH_START;
	return hash_text(exe, text_of(doubt->reason));
}

static bool is_in(const uint64_t *keys, size_t count, uint64_t key)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i] == key)
			return true;
	return false;
}

/* Fills the doubts that cover an entry; false when there are none. */
static bool find_doubts(struct scan *scan, struct stranger *stranger)
{
	const struct coverage *coverage = scan->coverage;
	const struct doubt *found[STRANGER_DOUBTS];
	uint64_t keys[STRANGER_DOUBTS];
	size_t kinds = 0;
	for (size_t i = coverage->doubt_count; i--;) { /* latest first */
		const struct doubt *doubt = &coverage->doubts[i];
		if (!covers_time(scan, doubt, stranger->born_ns) || !covers_user(scan, doubt, stranger->uid))
			continue;
		uint64_t key = doubt_key(doubt);
		if (stranger->doubt_count < STRANGER_DOUBTS)
			found[stranger->doubt_count] = doubt;
		stranger->doubt_count++;
		if (kinds == STRANGER_DOUBTS || is_in(keys, kinds, key))
			continue;
		keys[kinds++] = key;
		stranger->key += key; /* independent of the order */
	}
	size_t listed = stranger->doubt_count < STRANGER_DOUBTS ? stranger->doubt_count : STRANGER_DOUBTS;
	stranger->doubts = arena_take(scan->arena, listed * sizeof *found + 1);
	memcpy(stranger->doubts, found, listed * sizeof *found);
	return stranger->doubt_count > 0;
}

/* ---- the walk ---- */

static bool is_over(struct scan *scan)
{
	if (scan->entries >= UNATTRIBUTED_ENTRIES ||
	    (scan->entries % 256 == 0 && clock_ns(CLOCK_MONOTONIC) > scan->deadline_ns))
		scan->stopped = true;
	return scan->stopped;
}

static void enqueue(struct scan *scan, struct text path, const struct identity *identity, const struct stranger *above)
{
	struct inode key = {identity->device, identity->inode};
	struct directory *directory;
	HASH_FIND(hh, scan->seen, &key, sizeof key, directory);
	if (directory)
		return;
	directory = arena_take(scan->arena, sizeof *directory);
	directory->path = path;
	directory->identity = *identity;
	directory->above = above;
	HASH_ADD(hh, scan->seen, identity, sizeof key, directory);
	if (scan->last)
		scan->last->next = directory;
	else
		scan->first = directory;
	scan->last = directory;
}

/* Is it a journal or report of pageleak? */
static bool is_of_pageleak(struct scan *scan, const char *path, uint32_t mode)
{
	static const char *const heads[] = {JOURNAL_MAGIC, "{\n \"schema\": \"pageleak-report/", "pageleak: "};
	char head[64];
	size_t size = S_ISREG(mode) ? scan->disk->head(scan->disk, path, head, sizeof head) : 0;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (size >= strlen(heads[i]) && !memcmp(head, heads[i], strlen(heads[i])))
			return true;
	return false;
}

static void remember(struct scan *scan, struct candidate *candidate)
{
	struct candidate *other;
	HASH_FIND(hh, scan->candidates, &candidate->key, sizeof candidate->key, other);
	if (other) {
		candidate->same = other->same;
		candidate->page.bytes = 0; /* the space counts for the first name */
		other->same = candidate;
	} else {
		HASH_ADD(hh, scan->candidates, key, sizeof candidate->key, candidate);
	}
	if (scan->last_candidate)
		scan->last_candidate->next = candidate;
	else
		scan->first_candidate = candidate;
	scan->last_candidate = candidate;
	scan->count++;
}

/* The candidate for an entry; NULL: it is not reported. */
static struct candidate *consider(struct scan *scan, const char *path, const struct disk_entry *entry)
{
	uint64_t born_ns = entry->identity.birth_ns;
	struct text name = {path, strlen(path)};
	scan->birthless |= !born_ns;
	if (born_ns < scan->start_ns || born_ns > scan->end_ns || !page_rules_place(scan->judge, name) ||
	    is_of_pageleak(scan, path, entry->mode))
		return NULL;
	struct candidate *candidate = arena_take(scan->arena, sizeof *candidate);
	candidate->key = (struct inode){entry->identity.device, entry->identity.inode};
	candidate->stranger = (struct stranger){.born_ns = born_ns, .uid = entry->uid, .top = name};
	candidate->page = (struct page){
		.identity = entry->identity,
		.kind = standing_kind(entry->mode, name),
		.verdict = VERDICT_LEAKED,
		.judged = JUDGED_UNATTRIBUTED,
		.path = name,
		.renamed_from = text_none(),
		.bytes = entry->bytes,
		.exists = true,
		.stranger = &candidate->stranger,
	};
	if (!find_doubts(scan, &candidate->stranger))
		return NULL;
	if (scan->here->above)
		candidate->stranger.top = scan->here->above->top;
	candidate->stranger.key ^= template_hash(candidate->stranger.top, scan->journal->cwd) ^ entry->uid;
	remember(scan, candidate);
	return candidate;
}

static bool visit(void *context, const char *name, const struct disk_entry *entry)
{
	struct scan *scan = context;
	scan->entries++;
	if (is_over(scan))
		return false;
	if (!entry)
		return true;
	bool directory = S_ISDIR(entry->mode);
	if (directory && entry->identity.device != scan->here->identity.device) /* on another file system */
		return true;
	const char *base = scan->here->path.size > 1 ? scan->here->path.at : "";
	char *path = arena_format(scan->arena, "%s/%s", base, name);
	struct candidate *candidate = consider(scan, path, entry);
	if (directory)
		enqueue(scan, text_of(path), &entry->identity, candidate ? &candidate->stranger : NULL);
	return true;
}

static void scan_all(struct scan *scan)
{
	for (; scan->first && !is_over(scan); scan->first = scan->first->next) {
		scan->here = scan->first;
		scan->disk->list(scan->disk, scan->here->path.at, &scan->here->identity, scan->start_ns, visit, scan);
	}
}

/* ---- directories to search ---- */

static void add_root(struct scan *scan, const char *path)
{
	char resolved[PATH_MAX];
	if (!scan->disk->resolve(scan->disk, path, resolved))
		return;
	struct disk_entry entry = scan->disk->look(scan->disk, resolved);
	if (entry.exists && S_ISDIR(entry.mode))
		enqueue(scan, text_of(arena_copy(scan->arena, resolved, strlen(resolved))), &entry.identity, NULL);
}

static const char *from_cwd(struct scan *scan, const char *cwd, struct text path)
{
	while (path.size > 1 && path.at[path.size - 1] == '/')
		path.size--;
	if (path.size && path.at[0] == '/')
		return arena_copy(scan->arena, path.at, path.size);
	return arena_format(scan->arena, "%s/%.*s", cwd, (int)path.size, path.at);
}

static void add_roots(struct scan *scan, const struct rules *rules)
{
	bool defaults = !rules->pages || !rules->pages[0];
	const struct journal *journal = scan->journal;
	for (size_t i = 0; rules->pages && rules->pages[i]; i++) {
		if (!strcmp(rules->pages[i], "@default"))
			defaults = true;
		else
			add_root(scan, from_cwd(scan, rules->cwd,
						(struct text){rules->pages[i], glob_fixed(rules->pages[i])}));
	}
	for (size_t i = 0; defaults && i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		if (process->tmpdir.size)
			add_root(scan, from_cwd(scan, arena_copy(scan->arena, journal->cwd.at, journal->cwd.size),
						process->tmpdir));
		for (size_t k = 0; process->uid_known && k < TEMP_ROOTS; k++)
			if (page_rules_temp_roots[k].per_user)
				add_root(scan, arena_format(scan->arena, "%s/%u", page_rules_temp_roots[k].path,
							    process->uid));
	}
	for (size_t i = 0; defaults && i < TEMP_ROOTS; i++)
		if (!page_rules_temp_roots[i].per_user)
			add_root(scan, page_rules_temp_roots[i].path);
	for (size_t i = 0; defaults && i < journal->root_count; i++) {
		struct text root = journal->roots[i].path, tmpdir = journal->roots[i].process->tmpdir;
		for (size_t k = 0; root.size && k < TEMP_ROOTS; k++)
			if (!page_rules_temp_roots[k].per_user)
				add_root(scan, arena_format(scan->arena, "%.*s%s", (int)root.size, root.at,
							    page_rules_temp_roots[k].path));
		if (root.size && tmpdir.size && tmpdir.at[0] == '/')
			add_root(scan, arena_format(scan->arena, "%.*s%.*s", (int)root.size, root.at, (int)tmpdir.size,
						    tmpdir.at));
	}
}

/* ---- results ---- */

static void strike_out(struct scan *scan, const struct identity *identity)
{
	struct inode key = {identity->device, identity->inode};
	struct candidate *candidate;
	HASH_FIND(hh, scan->candidates, &key, sizeof key, candidate);
	for (; candidate; candidate = candidate->same)
		candidate->known |= !identity->birth_ns || identity->birth_ns == candidate->stranger.born_ns;
}

/* Drops entries that any record has, even those that are no page. */
static void strike_out_known(struct scan *scan, const struct journal *journal)
{
	for (size_t i = 0; scan->count && i < journal->event_count; i++) {
		const struct event *event = &journal->events[i];
		if (event->kind != EVENT_RELEASED)
			strike_out(scan, &event->page);
	}
}

static int by_birth(const void *a, const void *b)
{
	const struct page *x = *(struct page *const *)a, *y = *(struct page *const *)b;
	if (x->stranger->born_ns != y->stranger->born_ns)
		return x->stranger->born_ns < y->stranger->born_ns ? -1 : 1;
	return strcmp(x->path.at, y->path.at);
}

static void hand_over(struct scan *scan, struct pages *pages)
{
	struct page **all = arena_take(scan->arena, (pages->count + scan->count + 1) * sizeof *all);
	size_t before = pages->count;
	if (before)
		memcpy(all, pages->at, before * sizeof *all);
	pages->at = all;
	for (struct candidate *at = scan->first_candidate; at; at = at->next)
		if (!at->known)
			all[pages->count++] = &at->page;
	qsort(all + before, pages->count - before, sizeof *all, by_birth);
}

void unattributed_find(struct journal *journal, const struct rules *rules, struct disk *disk,
		       const struct unattributed_search *survey, struct coverage *coverage, struct pages *pages)
{
	if (!coverage->doubt_count)
		return;
	struct directory_tree *paths = directory_tree_open(journal->arena, disk, journal->cwd);
	struct scan scan = {
		.journal = journal,
		.arena = journal->arena,
		.disk = disk,
		.coverage = coverage,
		.survey = survey,
		.judge = page_rules_open(journal, paths, rules),
		.start_ns = journal->started_ns,
		.end_ns = end_of(journal, survey),
		.deadline_ns = clock_ns(CLOCK_MONOTONIC) + UNATTRIBUTED_NS,
		.slack_ns = slack_ns(),
	};
	for (size_t i = 0; i < journal->process_count; i++)
		page_rules_temporary(scan.judge, journal->processes[i]);
	add_roots(&scan, rules);
	scan_all(&scan);
	strike_out_known(&scan, journal);
	if (survey->later)
		strike_out_known(&scan, survey->later);
	hand_over(&scan, pages);
	if (scan.stopped)
		coverage_limit(scan.arena, coverage,
			       arena_format(scan.arena,
					    "the search for pages that nobody audited made ended after %zu entries",
					    scan.entries));
	if (scan.birthless)
		coverage_limit(
			scan.arena, coverage,
			"entries without a birth time were left out of the search for pages that nobody audited made");
	HASH_CLEAR(hh, scan.seen);
	HASH_CLEAR(hh, scan.candidates);
	page_rules_close(scan.judge);
	directory_tree_close(paths);
}
