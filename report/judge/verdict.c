/*
 * verdict.c - what became of each page: the replay compared with the disk, the rules, and who owned it. The only place that
 * says a verdict.
 *
 * But for HELD: that needs a look at living processes, which holders.c takes afterwards.
 */
#include "judge/verdict.h"
#include "base/arena.h"
#include "base/path_index.h"
#include "base/progress.h"
#include "format.h"
#include "judge/owner.h"
#include "judge/page_rules.h"
#include "judge/site_habits.h"
#include "judge/swept_with_directory.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "replay/replay.h"
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct verdict_run {
	struct journal *journal;
	struct symbols *symbols;
	struct disk *disk;
	struct judge *judge;
	struct replay replay;
};

/* ---- the truth ---- */

static bool agrees(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       (a->birth_ns == b->birth_ns || !a->birth_ns || !b->birth_ns);
}

/* Of several lives of one identity the disk has the last. */
static bool may_be_at(const struct tracked *tracked, struct text path)
{
	return path.size && path.size < PATH_MAX && !memchr(path.at, 0, path.size) &&
	       !(tracked->newer && tracked->page.identity.birth_ns);
}

static bool look_at(struct verdict_run *run, struct tracked *tracked, struct text path, struct disk_entry *entry)
{
	char buffer[PATH_MAX];
	if (!may_be_at(tracked, path))
		return false;
	memcpy(buffer, path.at, path.size);
	buffer[path.size] = 0;
	*entry = run->disk->look(run->disk, buffer);
	return entry->exists && agrees(&entry->identity, &tracked->page.identity);
}

/* At a name that it has on record. Where that machine's disk cannot be asked, the record alone tells. */
static bool stands_at(struct verdict_run *run, struct tracked *tracked, struct text path, struct disk_entry *entry)
{
	if (look_at(run, tracked, path, entry))
		return true;
	if (!run->journal->elsewhere || !may_be_at(tracked, path))
		return false;
	*entry = (struct disk_entry){.exists = true, .identity = tracked->page.identity};
	return true;
}

static void found_at(struct tracked *tracked, struct text path, const struct disk_entry *entry)
{
	tracked->page.exists = true;
	tracked->page.path = path;
	tracked->page.bytes = entry->bytes;
}

static bool is_lasting(const struct tracked *tracked, struct text path)
{
	return !text_equal(path, tracked->first_path);
}

/*
 * A removal that has no record (its caller was killed or cancelled), and the inode taken again within the tick: then it is the later
 * creation's page that is on disk, by that one's name.
 */
static void look_for_successor(struct verdict_run *run, struct tracked *tracked)
{
	const struct event *again = tracked->again;
	struct disk_entry entry;
	if (!again)
		return;
	struct text path = paths_text(run->replay.paths, paths_place(run->replay.paths, again->base, again->path));
	if (!look_at(run, tracked, path, &entry))
		return;
	tracked->page.made = again;
	tracked->first_path = path;
	found_at(tracked, path, &entry);
}

/* Looks at all names. Of several that exist, one that is no page's name is what matters: the page became an output. */
static void look_for(struct verdict_run *run, struct tracked *tracked)
{
	struct disk_entry entry;
	struct text path = text_none();
	bool settled = false;
	bool still = !tracked->names.first.next && !tracked->page.renamed_from.size && !paths_moves(run->replay.paths);
	for (const struct name_entry *at = &tracked->names.first; at && !settled; at = at->next) {
		if (!at->place.directory)
			continue;
		path = still ? tracked->first_path : paths_text(run->replay.paths, at->place);
		if (!stands_at(run, tracked, path, &entry))
			continue;
		settled = !judge_path(run->judge, tracked->page.made, path, is_lasting(tracked, path));
		if (settled || !tracked->page.exists)
			found_at(tracked, path, &entry);
	}
	if (!tracked->page.exists && !still && look_at(run, tracked, tracked->first_path, &entry))
		found_at(tracked, tracked->first_path, &entry);
	if (!tracked->page.exists)
		look_for_successor(run, tracked);
	if (!tracked->page.exists && path.size)
		tracked->page.path = path;
}

/* A release on record that the disk contradicts did not happen. Inode numbers alone prove nothing: they are used again. */
static void look_again(struct verdict_run *run, struct tracked *tracked)
{
	struct disk_entry entry;
	struct page *page = &tracked->page;
	if (page->identity.birth_ns && look_at(run, tracked, page->path, &entry) && entry.identity.birth_ns) {
		found_at(tracked, page->path, &entry);
		page->release = NULL;
	}
}

enum page_kind page_kind_of(uint32_t mode, struct text path)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return PAGE_DIRECTORY;
	case S_IFLNK:
		return PAGE_SYMLINK;
	case S_IFIFO:
		return PAGE_FIFO;
	case S_IFSOCK:
		return PAGE_SOCKET;
	case S_IFCHR:
	case S_IFBLK:
		return PAGE_DEVICE;
	default:
		if (text_starts(path, "/dev/shm/"))
			return text_starts(text_basename(path), "sem.") ? PAGE_SEMAPHORE : PAGE_SHM;
		return PAGE_FILE;
	}
}

/* ---- verdicts ---- */

static enum verdict verdict_of(struct verdict_run *run, struct tracked *tracked)
{
	struct page *page = &tracked->page;
	enum judged first = judge_path(run->judge, page->made, tracked->first_path, false);
	enum judged now = judge_path(run->judge, page->made, page->path, is_lasting(tracked, page->path));
	page->judged = first ? first : now;
	if (page->release)
		return owner_release(run->journal->arena, run->symbols, page);
	struct process *owner = owner_at(page->made->process, UINT64_MAX);
	page->owner = owner ? owner : page->made->process;
	if (!page->exists)
		return VERDICT_VANISHED;
	if (first && !now)
		return VERDICT_ADOPTED;
	page->judged = now;
	return now ? VERDICT_LEAKED : VERDICT_KEPT;
}

/* The directory of its name could not be told, or the name is longer than the kernel takes: nobody can look there. */
static bool is_placeless(const struct tracked *tracked)
{
	return (tracked->unknown || tracked->page.path.size >= PATH_MAX) && !tracked->page.exists &&
	       !tracked->page.release;
}

/*
 * Left out: what cannot be known, what is as it was before, and what the user's rules say is no page once it is gone. The
 * removal of what is older than the audit is not recorded: where only a name of it was new, nobody can tell who took that.
 */
static bool is_left_out(struct verdict_run *run, const struct tracked *tracked, struct text journal_path)
{
	const struct page *page = &tracked->page;
	bool old = page->made->flags & EVENT_NEW_ENTRY;
	if (tracked->returned || (old && !page->exists && !page->release) || is_placeless(tracked))
		return true;
	if (!page->exists && page->judged == JUDGED_NOT && judge_excludes(run->judge, page->path))
		return true;
	if (text_starts(page->path, "/proc/") ||
	    text_starts(page->path, "/sys/")) /* the kernel makes these, whatever O_CREAT says */
		return true;
	return text_equal(page->path, journal_path);
}

/* ---- below pages ---- */

/* Directories that are pages by the function that made them: so is whatever they were made for. */
static struct names temporary_directories(struct arena *arena, const struct pages *pages)
{
	struct names all = {arena, NULL};
	for (size_t i = 0; i < pages->count; i++) {
		const struct page *page = pages->at[i];
		if (page->kind == PAGE_DIRECTORY && page->judged == JUDGED_TEMP_API && page->verdict == VERDICT_LEAKED)
			names_add(&all, page->path);
	}
	return all;
}

static void judge_below(struct verdict_run *run, struct pages *pages)
{
	struct names directories = temporary_directories(run->replay.arena, pages);
	for (size_t i = 0; directories.all && i < pages->count; i++) {
		struct page *page = pages->at[i];
		if (page->judged != JUDGED_NOT || page->verdict != VERDICT_KEPT ||
		    !names_above(&directories, page->path) || judge_excludes(run->judge, page->path))
			continue;
		page->judged = JUDGED_TEMP_API;
		page->verdict = VERDICT_LEAKED;
	}
	names_free(&directories);
}

static struct text own_path(struct journal *journal)
{
	char cwd[PATH_MAX];
	if (journal->name[0] == '/' || !getcwd(cwd, sizeof cwd))
		return text_of(journal->name);
	return text_of(arena_format(journal->arena, "%s/%s", cwd, journal->name));
}

/* Every further name that a page has on disk is an entry of its own; the space is counted at the first. */
static void judge_further_names(struct verdict_run *run, struct tracked *tracked, struct pages *out)
{
	struct disk_entry entry;
	for (const struct name_entry *at = &tracked->names.first; at; at = at->next) {
		struct text path = at->place.directory ? paths_text(run->replay.paths, at->place) : text_none();
		if (!path.size || text_equal(path, tracked->page.path) || !stands_at(run, tracked, path, &entry))
			continue;
		struct page *page = arena_take(run->journal->arena, sizeof *page);
		*page = tracked->page;
		page->path = path;
		page->bytes = 0;
		page->renamed_from = text_none();
		page->judged = judge_path(run->judge, page->made, path, is_lasting(tracked, path));
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
	struct text journal_path = own_path(run->journal);
	out->at = arena_take(run->journal->arena, (entries_at_most(&run->replay) + 1) * sizeof *out->at);
	for (size_t i = 0; i < run->replay.count; i++) {
		struct tracked *tracked = run->replay.order[i];
		progress_step("looking at the disk", i, run->replay.count);
		if (tracked->closed)
			look_again(run, tracked);
		else
			look_for(run, tracked);
		struct page *page = &tracked->page;
		page->renamed_from = is_lasting(tracked, page->path) ? tracked->first_path : text_none();
		page->kind = page_kind_of(page->made->mode, page->path);
		page->verdict = verdict_of(run, tracked);
		out->placeless += is_placeless(tracked);
		if (is_left_out(run, tracked, journal_path))
			continue;
		out->at[out->count++] = page;
		if (page->exists && tracked->names.first.next)
			judge_further_names(run, tracked, out);
	}
}

void verdict_judge(struct journal *journal, struct symbols *symbols, const struct rules *rules, struct disk *disk,
		   struct pages *out)
{
	struct paths *paths = paths_open(journal->arena, disk, journal->cwd);
	struct verdict_run run = {
		.journal = journal,
		.symbols = symbols,
		.disk = disk,
		.judge = judge_open(journal, paths, rules),
	};
	*out = (struct pages){0};
	replay_open(&run.replay, journal->arena, paths, NULL);
	replay_run(&run.replay, journal);
	judge_all(&run, out);
	swept_judge(journal, out);
	judge_below(&run, out);
	mixed_judge(journal->arena, symbols, run.judge, journal->cwd, out);
	replay_close(&run.replay);
	judge_close(run.judge);
	paths_close(paths);
}
