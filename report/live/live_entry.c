/*
 * live_entry.c - entries that are there, in the lists and counts of their sites. Must not read the journal or look at the disk.
 */
#include "base/message.h"
#include "base/text.h"
#include "format.h"
#include "live/live_internal.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include <stdlib.h>
#include <string.h>

void *live_have(void *memory)
{
	if (memory)
		return memory;
	error("out of memory");
	exit(125);
}

/* ---- in lists and counts ---- */

void live_entry_free(struct live_entry *entry)
{
	free(entry->path);
	free(entry->other);
	free(entry);
}

static void entry_link(struct live_entry *entry, struct live_site *site)
{
	entry->site = site;
	entry->older = site->newest;
	entry->newer = NULL;
	if (site->newest)
		site->newest->newer = entry;
	else
		site->oldest = entry;
	site->newest = entry;
}

static void entry_unlink(struct live_entry *entry)
{
	struct live_site *site = entry->site;
	if (site->next_look == entry)
		site->next_look = entry->newer;
	*(entry->older ? &entry->older->newer : &site->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &site->newest) = entry->older;
}

static struct live_tally *tally_of(const struct live_entry *entry)
{
	return &entry->site->tally[entry->standing];
}

static void uncount_look(struct live_entry *entry)
{
	if (!entry->looked)
		return;
	tally_of(entry)->looked--;
	tally_of(entry)->bytes -= entry->bytes;
	entry->looked = false;
}

void live_entry_looked(struct live_entry *entry, uint64_t bytes)
{
	uncount_look(entry);
	entry->looked = true;
	entry->bytes = bytes;
	tally_of(entry)->looked++;
	tally_of(entry)->bytes += bytes;
}

static void restand(struct live_entry *entry, enum standing standing)
{
	uint64_t bytes = entry->bytes;
	bool looked = entry->looked;
	if (standing == entry->standing)
		return;
	uncount_look(entry);
	tally_of(entry)->live--;
	if (entry->standing == STANDS_PAGE)
		tally_of(entry)->adopted++;
	else
		tally_of(entry)->created--;
	entry->standing = standing;
	tally_of(entry)->live++;
	if (standing == STANDS_PAGE)
		tally_of(entry)->created++;
	if (looked)
		live_entry_looked(entry, bytes);
}

void live_entry_end(struct live *live, struct live_entry *entry, enum entry_end how)
{
	uncount_look(entry);
	struct live_tally *tally = tally_of(entry);
	tally->live--;
	tally->released += how == ENDS_RELEASED;
	tally->replaced += how == ENDS_REPLACED;
	tally->vanished += how == ENDS_VANISHED;
	tally->created -= how == ENDS_UNTOLD;
	entry_unlink(entry);
	HASH_DEL(live->entries, entry);
	live_entry_free(entry);
}

struct live_entry *live_entry_at(const struct live *live, const struct identity *identity)
{
	struct live_entry *entry;
	HASH_FIND(hh, live->entries, identity, sizeof *identity, entry);
	return entry;
}

/* ---- names ---- */

char *live_path_copy(struct text path)
{
	char *copy = live_have(malloc(path.size + 1));
	memcpy(copy, path.at, path.size);
	copy[path.size] = 0;
	return copy;
}

static bool starts_with_directory(const char *path, const char *directory)
{
	size_t size = strlen(directory);
	return !strncmp(path, directory, size) && path[size] == '/';
}

static void apply_move(struct live_entry *entry, const struct move *move)
{
	const char *from = move->from, *to = move->to;
	if (move->exchanged && starts_with_directory(entry->path, to)) {
		from = move->to;
		to = move->from;
	}
	if (!starts_with_directory(entry->path, from))
		return;
	size_t kept = strlen(entry->path) - strlen(from), size = strlen(to);
	char *path = live_have(malloc(size + kept + 1));
	memcpy(path, to, size);
	memcpy(path + size, entry->path + strlen(from), kept + 1);
	free(entry->path);
	entry->path = path;
	entry->lasting = true;
}

static enum standing standing_of(struct live *live, const struct live_entry *entry)
{
	struct text path = text_of(entry->path);
	struct event made = {.kind = entry->made_kind,
			     .api = entry->site->api,
			     .process = (struct process *)entry->process,
			     .script = entry->site->script};
	if (!path.size)
		return STANDS_KEPT;
	if (judge_path(live->judge, &made, path, entry->lasting))
		return STANDS_PAGE;
	return judge_excludes(live->judge, path) ? STANDS_EXCLUDED : STANDS_KEPT;
}

const char *live_path(struct live *live, struct live_entry *entry)
{
	unsigned before = entry->moves;
	for (; entry->moves < live->move_count; entry->moves++)
		apply_move(entry, &live->moves[entry->moves]);
	if (entry->moves != before)
		restand(entry, standing_of(live, entry));
	return entry->path;
}

void live_clear_moves(struct live *live)
{
	for (size_t i = 0; i < live->move_count; i++) {
		free(live->moves[i].from);
		free(live->moves[i].to);
	}
	free(live->moves);
	live->moves = NULL;
	live->move_count = 0;
}

/* A long list of moves is settled with all entries at once. */
void live_settle_moves(struct live *live)
{
	for (struct live_entry *entry = live->entries; entry; entry = entry->hh.next) {
		live_path(live, entry);
		entry->moves = 0;
	}
	live_clear_moves(live);
}

void live_move(struct live *live, struct text from, struct text to, bool exchanged)
{
	if (!from.size || !to.size)
		return;
	live->moves = live_have(realloc(live->moves, (live->move_count + 1) * sizeof *live->moves));
	live->moves[live->move_count++] = (struct move){live_path_copy(from), live_path_copy(to), exchanged};
}

void live_entry_rename(struct live *live, struct live_entry *entry, struct text path)
{
	entry->lasting |= !text_is(path, entry->path);
	free(entry->path);
	entry->path = live_path_copy(path);
	entry->moves = (unsigned)live->move_count;
	restand(entry, standing_of(live, entry));
}

void live_entry_add(struct live *live, struct live_entry *entry)
{
	entry_link(entry, entry->site);
	entry->site->process = entry->process;
	entry->moves = (unsigned)live->move_count;
	entry->standing = standing_of(live, entry);
	tally_of(entry)->created++;
	tally_of(entry)->live++;
	HASH_ADD(hh, live->entries, identity, sizeof entry->identity, entry);
}

void live_entry_lose_name(struct live *live, struct live_entry *entry)
{
	free(entry->path);
	entry->path = entry->other;
	entry->other = NULL;
	entry->moves = (unsigned)live->move_count;
	restand(entry, standing_of(live, entry));
}
