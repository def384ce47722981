/*
 * unattributed.c - a bounded walk, breadth first, over the places where pages lie. Looks at the disk only through `struct disk`.
 *
 * Must not: speak of an entry that any record knows, or that a doubt does not cover; both are asked before anything is said.
 */
#include "coverage/unattributed.h"
#include "base/arena.h"
#include "base/clock_ns.h"
#include "base/glob.h"
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
	const struct stranger *above; /* it lies in what is spoken of already; NULL not */
	struct directory *next;       /* in the queue */
	UT_hash_handle hh;
};

/* An entry of which no doubt is known yet that it is nobody's. */
struct candidate {
	struct inode {
		uint64_t device, inode;
	} key;
	struct page page;
	struct stranger stranger;
	struct candidate *next, *same; /* in order of discovery; another name of the inode */
	bool known;
	UT_hash_handle hh;
};

struct walk {
	struct journal *journal;
	struct arena *arena;
	struct disk *disk;
	struct page_rules *judge;
	struct coverage *coverage;
	const struct survey *survey;
	uint64_t start_ns, end_ns, deadline_ns, slack_ns;
	struct directory *first, *last, *seen, *here;
	struct candidate *candidates, *first_candidate, *last_candidate;
	size_t entries, count;
	bool stopped, birthless;
};

/* ---- when, and whose ---- */

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
 * With no end on record (`record` leaves nothing behind to write it) the last process that is known to have ended was the end, as
 * long as each program that was not audited was started by one of those.
 */
static uint64_t end_of(const struct journal *journal, const struct survey *survey)
{
	uint64_t end_ns;
	if (survey->running)
		return survey->now_ns;
	if (journal->has_end)
		return journal->ended_ns;
	return is_audit_over(journal, &end_ns) ? end_ns : survey->now_ns;
}

/* Births come from the kernel's coarse clock, which was seen to be one and a half ticks behind in a virtual machine. */
static uint64_t slack_ns(void)
{
	struct timespec tick = {0, 0};
	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	return 3 * ((uint64_t)tick.tv_sec * 1000000000u + (uint64_t)tick.tv_nsec);
}

static bool covers_time(const struct walk *walk, const struct doubt *doubt, uint64_t born_ns)
{
	return doubt->from_ns <= born_ns + walk->slack_ns && (!doubt->to_ns || born_ns <= doubt->to_ns);
}

/* Of a program that runs with other rights: the user whose rights those are. */
static bool is_of_file(struct walk *walk, const struct process *process, uint32_t uid)
{
	char path[PATH_MAX];
	if (!process->exe.size || process->exe.size >= sizeof path || process->exe.at[0] != '/')
		return false;
	memcpy(path, process->exe.at, process->exe.size);
	path[process->exe.size] = 0;
	struct disk_entry entry = walk->disk->look(walk->disk, path);
	return entry.exists && entry.mode & S_ISUID && entry.uid == uid;
}

static bool covers_user(struct walk *walk, const struct doubt *doubt, uint32_t uid)
{
	const struct journal *journal = walk->journal;
	if (doubt->process && (doubt->process->uid_known ? doubt->process->uid : walk->survey->uid) == uid)
		return true;
	if (doubt->process)
		return !doubt->process->audited && is_of_file(walk, doubt->process, uid);
	for (size_t i = 0; i < journal->process_count; i++)
		if (journal->processes[i]->uid_known && journal->processes[i]->uid == uid)
			return true;
	return uid == walk->survey->uid;
}

/* The same programs in the same doubt are one set, however often they ran. */
static uint64_t doubt_key(const struct doubt *doubt)
{
	uint64_t key = 0xcbf29ce484222325;
	struct text exe = doubt->process ? doubt->process->exe : text_none();
	for (size_t i = 0; i < exe.size; i++)
		key = (key ^ (unsigned char)exe.at[i]) * 0x100000001b3;
	for (const char *at = doubt->reason; *at; at++)
		key = (key ^ (unsigned char)*at) * 0x100000001b3;
	return key;
}

static bool is_in(const uint64_t *keys, size_t count, uint64_t key)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i] == key)
			return true;
	return false;
}

/* Fills what is known of who may have made it; false when nobody of the tree may. */
static bool find_doubts(struct walk *walk, struct stranger *stranger)
{
	const struct coverage *coverage = walk->coverage;
	const struct doubt *found[STRANGER_DOUBTS];
	uint64_t keys[STRANGER_DOUBTS];
	size_t kinds = 0;
	for (size_t i = coverage->doubt_count; i--;) { /* the latest first */
		const struct doubt *doubt = &coverage->doubts[i];
		if (!covers_time(walk, doubt, stranger->born_ns) || !covers_user(walk, doubt, stranger->uid))
			continue;
		uint64_t key = doubt_key(doubt);
		if (stranger->doubt_count < STRANGER_DOUBTS)
			found[stranger->doubt_count] = doubt;
		stranger->doubt_count++;
		if (kinds == STRANGER_DOUBTS || is_in(keys, kinds, key))
			continue;
		keys[kinds++] = key;
		stranger->key += key; /* whatever the order */
	}
	size_t listed = stranger->doubt_count < STRANGER_DOUBTS ? stranger->doubt_count : STRANGER_DOUBTS;
	stranger->doubts = arena_take(walk->arena, listed * sizeof *found + 1);
	memcpy(stranger->doubts, found, listed * sizeof *found);
	return stranger->doubt_count > 0;
}

/* ---- the walk ---- */

static bool is_over(struct walk *walk)
{
	if (walk->entries >= SURVEY_ENTRIES ||
	    (walk->entries % 256 == 0 && clock_ns(CLOCK_MONOTONIC) > walk->deadline_ns))
		walk->stopped = true;
	return walk->stopped;
}

static void enqueue(struct walk *walk, struct text path, const struct identity *identity, const struct stranger *above)
{
	struct inode key = {identity->device, identity->inode};
	struct directory *directory;
	HASH_FIND(hh, walk->seen, &key, sizeof key, directory);
	if (directory)
		return;
	directory = arena_take(walk->arena, sizeof *directory);
	directory->path = path;
	directory->identity = *identity;
	directory->above = above;
	HASH_ADD(hh, walk->seen, identity, sizeof key, directory);
	if (walk->last)
		walk->last->next = directory;
	else
		walk->first = directory;
	walk->last = directory;
}

/* What pageleak itself writes, this one or another. */
static bool is_of_pageleak(struct walk *walk, const char *path, uint32_t mode)
{
	static const char *const heads[] = {JOURNAL_MAGIC, "{\n \"schema\": \"pageleak-report/", "pageleak: "};
	char head[64];
	size_t size = S_ISREG(mode) ? walk->disk->head(walk->disk, path, head, sizeof head) : 0;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (size >= strlen(heads[i]) && !memcmp(head, heads[i], strlen(heads[i])))
			return true;
	return false;
}

static void remember(struct walk *walk, struct candidate *candidate)
{
	struct candidate *other;
	HASH_FIND(hh, walk->candidates, &candidate->key, sizeof candidate->key, other);
	if (other) {
		candidate->same = other->same;
		candidate->page.bytes = 0; /* the space is counted at the first name */
		other->same = candidate;
	} else {
		HASH_ADD(hh, walk->candidates, key, sizeof candidate->key, candidate);
	}
	if (walk->last_candidate)
		walk->last_candidate->next = candidate;
	else
		walk->first_candidate = candidate;
	walk->last_candidate = candidate;
	walk->count++;
}

/* NULL: it is not spoken of. */
static struct candidate *consider(struct walk *walk, const char *path, const struct disk_entry *entry)
{
	uint64_t born_ns = entry->identity.birth_ns;
	struct text name = {path, strlen(path)};
	walk->birthless |= !born_ns;
	if (born_ns < walk->start_ns || born_ns > walk->end_ns || !page_rules_place(walk->judge, name) ||
	    is_of_pageleak(walk, path, entry->mode))
		return NULL;
	struct candidate *candidate = arena_take(walk->arena, sizeof *candidate);
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
	if (!find_doubts(walk, &candidate->stranger))
		return NULL;
	if (walk->here->above)
		candidate->stranger.top = walk->here->above->top;
	candidate->stranger.key ^= template_hash(candidate->stranger.top, walk->journal->cwd) ^ entry->uid;
	remember(walk, candidate);
	return candidate;
}

static bool visit(void *context, const char *name, const struct disk_entry *entry)
{
	struct walk *walk = context;
	walk->entries++;
	if (is_over(walk))
		return false;
	if (!entry)
		return true;
	bool directory = S_ISDIR(entry->mode);
	if (directory && entry->identity.device != walk->here->identity.device) /* another file system */
		return true;
	const char *base = walk->here->path.size > 1 ? walk->here->path.at : "";
	char *path = arena_format(walk->arena, "%s/%s", base, name);
	struct candidate *candidate = consider(walk, path, entry);
	if (directory)
		enqueue(walk, text_of(path), &entry->identity, candidate ? &candidate->stranger : NULL);
	return true;
}

static void walk_all(struct walk *walk)
{
	for (; walk->first && !is_over(walk); walk->first = walk->first->next) {
		walk->here = walk->first;
		walk->disk->list(walk->disk, walk->here->path.at, &walk->here->identity, walk->start_ns, visit, walk);
	}
}

/* ---- where ---- */

static void add_root(struct walk *walk, const char *path)
{
	char resolved[PATH_MAX];
	if (!walk->disk->resolve(walk->disk, path, resolved))
		return;
	struct disk_entry entry = walk->disk->look(walk->disk, resolved);
	if (entry.exists && S_ISDIR(entry.mode))
		enqueue(walk, text_of(arena_copy(walk->arena, resolved, strlen(resolved))), &entry.identity, NULL);
}

static const char *from_cwd(struct walk *walk, const char *cwd, struct text path)
{
	while (path.size > 1 && path.at[path.size - 1] == '/')
		path.size--;
	if (path.size && path.at[0] == '/')
		return arena_copy(walk->arena, path.at, path.size);
	return arena_format(walk->arena, "%s/%.*s", cwd, (int)path.size, path.at);
}

static void add_roots(struct walk *walk, const struct rules *rules)
{
	static const char *const common[] = {"/tmp", "/var/tmp", "/dev/shm"};
	bool defaults = !rules->pages || !rules->pages[0];
	const struct journal *journal = walk->journal;
	for (size_t i = 0; rules->pages && rules->pages[i]; i++) {
		if (!strcmp(rules->pages[i], "@default"))
			defaults = true;
		else
			add_root(walk, from_cwd(walk, rules->cwd,
						(struct text){rules->pages[i], glob_fixed(rules->pages[i])}));
	}
	for (size_t i = 0; defaults && i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		if (process->tmpdir.size)
			add_root(walk, from_cwd(walk, arena_copy(walk->arena, journal->cwd.at, journal->cwd.size),
						process->tmpdir));
		if (process->uid_known)
			add_root(walk, arena_format(walk->arena, "/run/user/%u", process->uid));
	}
	for (size_t i = 0; defaults && i < sizeof common / sizeof *common; i++)
		add_root(walk, common[i]);
	for (size_t i = 0; defaults && i < journal->root_count; i++) {
		struct text root = journal->roots[i].path, tmpdir = journal->roots[i].process->tmpdir;
		for (size_t k = 0; root.size && k < sizeof common / sizeof *common; k++)
			add_root(walk, arena_format(walk->arena, "%.*s%s", (int)root.size, root.at, common[k]));
		if (root.size && tmpdir.size && tmpdir.at[0] == '/')
			add_root(walk, arena_format(walk->arena, "%.*s%.*s", (int)root.size, root.at, (int)tmpdir.size,
						    tmpdir.at));
	}
}

/* ---- what was found ---- */

static void strike_out(struct walk *walk, const struct identity *identity)
{
	struct inode key = {identity->device, identity->inode};
	struct candidate *candidate;
	HASH_FIND(hh, walk->candidates, &key, sizeof key, candidate);
	for (; candidate; candidate = candidate->same)
		candidate->known |= !identity->birth_ns || identity->birth_ns == candidate->stranger.born_ns;
}

/* Whatever a record speaks of is somebody's, even when it is judged to be no page. */
static void strike_out_known(struct walk *walk, const struct journal *journal)
{
	for (size_t i = 0; walk->count && i < journal->event_count; i++) {
		const struct event *event = &journal->events[i];
		if (event->kind != EVENT_RELEASED)
			strike_out(walk, &event->page);
	}
}

static int by_birth(const void *a, const void *b)
{
	const struct page *x = *(struct page *const *)a, *y = *(struct page *const *)b;
	if (x->stranger->born_ns != y->stranger->born_ns)
		return x->stranger->born_ns < y->stranger->born_ns ? -1 : 1;
	return strcmp(x->path.at, y->path.at);
}

static void hand_over(struct walk *walk, struct pages *pages)
{
	struct page **all = arena_take(walk->arena, (pages->count + walk->count + 1) * sizeof *all);
	size_t before = pages->count;
	if (before)
		memcpy(all, pages->at, before * sizeof *all);
	pages->at = all;
	for (struct candidate *at = walk->first_candidate; at; at = at->next)
		if (!at->known)
			all[pages->count++] = &at->page;
	qsort(all + before, pages->count - before, sizeof *all, by_birth);
}

void survey_unattributed(struct journal *journal, const struct rules *rules, struct disk *disk,
			 const struct survey *survey, struct coverage *coverage, struct pages *pages)
{
	if (!coverage->doubt_count)
		return;
	struct directory_tree *paths = directory_tree_open(journal->arena, disk, journal->cwd);
	struct walk walk = {
		.journal = journal,
		.arena = journal->arena,
		.disk = disk,
		.coverage = coverage,
		.survey = survey,
		.judge = page_rules_open(journal, paths, rules),
		.start_ns = journal->started_ns,
		.end_ns = end_of(journal, survey),
		.deadline_ns = clock_ns(CLOCK_MONOTONIC) + SURVEY_NS,
		.slack_ns = slack_ns(),
	};
	for (size_t i = 0; i < journal->process_count; i++)
		page_rules_temporary(walk.judge, journal->processes[i]);
	add_roots(&walk, rules);
	walk_all(&walk);
	strike_out_known(&walk, journal);
	if (survey->later)
		strike_out_known(&walk, survey->later);
	hand_over(&walk, pages);
	if (walk.stopped)
		coverage_limit(walk.arena, coverage,
			       arena_format(walk.arena,
					    "the search for pages that nobody audited made ended after %zu entries",
					    walk.entries));
	if (walk.birthless)
		coverage_limit(
			walk.arena, coverage,
			"entries without a birth time were left out of the search for pages that nobody audited made");
	HASH_CLEAR(hh, walk.seen);
	HASH_CLEAR(hh, walk.candidates);
	page_rules_close(walk.judge);
	directory_tree_close(paths);
}
