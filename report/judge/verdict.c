/*
 * verdict.c - compares the replay with the disk, applies the rules, asks for the owner, and gives each page its
 * verdict. All verdicts come from here, but HELD: coverage/open_descriptors.c looks at running processes afterwards.
 */
#include "judge/verdict.h"
#include "base/arena.h"
#include "base/path_index.h"
#include "base/progress.h"
#include "format.h"
#include "judge/owner.h"
#include "judge/page_rules.h"
#include "judge/site_habits.h"
#include "judge/standing.h"
#include "judge/swept_with_directory.h"
#include "judge/whereabouts.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "replay/replay.h"
#include <stdint.h>

struct verdict_run {
	struct journal *journal;
	struct symbols *symbols;
	struct whereabouts where;
	struct replay replay;
};

/* ---- verdicts ---- */

static enum verdict verdict_of(struct verdict_run *run, struct tracked *tracked)
{
	struct page *page = &tracked->page;
	enum verdict verdict = standing_of(run->where.judge, tracked);
	if (page->release)
		return owner_release(run->journal->arena, run->symbols, page);
	struct process *owner = owner_at(page->made->process, UINT64_MAX);
	page->owner = owner ? owner : page->made->process;
	return verdict;
}

/* ---- below pages ---- */

static struct path_index temporary_directories(struct arena *arena, const struct pages *pages)
{
	struct path_index all = {arena, NULL};
	for (size_t i = 0; i < pages->count; i++)
		if (standing_is_by_directory(pages->at[i]))
			path_index_add(&all, pages->at[i]->path);
	return all;
}

static void judge_below(struct verdict_run *run, struct pages *pages)
{
	struct path_index directories = temporary_directories(run->replay.arena, pages);
	for (size_t i = 0; directories.all && i < pages->count; i++) {
		struct page *page = pages->at[i];
		if (page->judged != JUDGED_NOT || page->verdict != VERDICT_KEPT ||
		    !path_index_above(&directories, page->path) || page_rules_excludes(run->where.judge, page->path))
			continue;
		page->judged = JUDGED_TEMP_API;
		page->verdict = VERDICT_LEAKED;
	}
	path_index_free(&directories);
}

/* Adds an entry for each further name that a page has on disk; the first alone counts the space. */
static void judge_further_names(struct verdict_run *run, struct tracked *tracked, struct pages *out)
{
	struct text path;
	const struct name_entry *at = NULL;
	while ((at = whereabouts_further(&run->where, tracked, at, &path))) {
		struct page *page = arena_take(run->journal->arena, sizeof *page);
		*page = tracked->page;
		page->path = path;
		page->bytes = 0;
		page->renamed_from = text_none();
		page->judged = standing_of_name(run->where.judge, tracked, path);
		page->verdict = page->judged ? VERDICT_LEAKED : VERDICT_KEPT;
		out->at[out->count++] = page;
	}
}

static size_t entries_at_most(const struct replay *replay)
{
	size_t count = 0;
	for (size_t i = 0; i < replay->count; i++)
		for (const struct name_entry *at = replay->order[i]->names.first.next; at; at = at->next)
			count++;
	return count + replay->count;
}

static void judge_all(struct verdict_run *run, struct pages *out)
{
	struct text journal_path = standing_journal_path(run->journal);
	out->at = arena_take(run->journal->arena, (entries_at_most(&run->replay) + 1) * sizeof *out->at);
	for (size_t i = 0; i < run->replay.count; i++) {
		struct tracked *tracked = run->replay.order[i];
		progress_step("looking at the disk", i, run->replay.count);
		if (tracked->closed)
			whereabouts_contradict(&run->where, tracked);
		else
			whereabouts_find(&run->where, tracked);
		struct page *page = &tracked->page;
		page->verdict = verdict_of(run, tracked);
		out->placeless += standing_is_placeless(tracked);
		if (standing_is_left_out(run->where.judge, tracked, journal_path))
			continue;
		out->at[out->count++] = page;
		if (page->exists && tracked->names.first.next)
			judge_further_names(run, tracked, out);
	}
}

void verdict_judge(struct journal *journal, struct symbols *symbols, const struct rules *rules, struct disk *disk,
		   struct pages *out)
{
	struct directory_tree *paths = directory_tree_open(journal->arena, disk, journal->cwd);
	struct verdict_run run = {
		.journal = journal,
		.symbols = symbols,
		.where = {.judge = page_rules_open(journal, paths, rules),
			  .paths = paths,
			  .disk = disk,
			  .recorded = journal->elsewhere}, /* that machine's disk cannot be asked */
	};
	*out = (struct pages){0};
	replay_open(&run.replay, journal->arena, paths, NULL);
	replay_run(&run.replay, journal);
	judge_all(&run, out);
	swept_with_directory_judge(journal, out);
	judge_below(&run, out);
	site_habits_judge(journal->arena, symbols, run.where.judge, journal->cwd, out);
	replay_close(&run.replay);
	page_rules_close(run.where.judge);
	directory_tree_close(paths);
}
