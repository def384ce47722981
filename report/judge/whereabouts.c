/*
 * whereabouts.c - looks for the names of pages on disk. Must not give a verdict.
 */
#include "judge/whereabouts.h"
#include "base/arena.h"
#include "format.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include <limits.h>
#include <string.h>

static bool agrees(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       (a->birth_ns == b->birth_ns || !a->birth_ns || !b->birth_ns);
}

/* Can the page be there? Of several pages of one identity the disk has the last. */
static bool may_be_at(const struct tracked *tracked, struct text path)
{
	return path.size && path.size < PATH_MAX && !memchr(path.at, 0, path.size) &&
	       !(tracked->newer && tracked->page.identity.birth_ns);
}

static bool look_at(const struct whereabouts *whereabouts, struct tracked *tracked, struct text path,
		    struct disk_entry *entry)
{
	char buffer[PATH_MAX];
	if (!whereabouts->disk || !may_be_at(tracked, path))
		return false;
	memcpy(buffer, path.at, path.size);
	buffer[path.size] = 0;
	*entry = whereabouts->disk->look(whereabouts->disk, buffer);
	return entry->exists && agrees(&entry->identity, &tracked->page.identity);
}

/* Is the page at this recorded name, on disk or by the record alone? */
static bool stands_at(const struct whereabouts *whereabouts, struct tracked *tracked, struct text path,
		      struct disk_entry *entry)
{
	if (look_at(whereabouts, tracked, path, entry))
		return true;
	if (!whereabouts->recorded || !may_be_at(tracked, path))
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

bool whereabouts_is_lasting(const struct tracked *tracked, struct text path)
{
	return !text_equal(path, tracked->first_path);
}

/*
 * Looks for the page at the name of its later creation. A removal may have no record (its caller was killed or
 * cancelled), and the inode be used again within the clock tick: then that creation made what is on disk.
 */
static void find_successor(const struct whereabouts *whereabouts, struct tracked *tracked)
{
	const struct event *again = tracked->again;
	struct disk_entry entry;
	if (!again)
		return;
	struct text path = directory_tree_text(whereabouts->paths,
					       directory_tree_place(whereabouts->paths, again->base, again->path));
	if (!look_at(whereabouts, tracked, path, &entry))
		return;
	replay_made_again(tracked, path);
	found_at(tracked, path, &entry);
}

void whereabouts_find(const struct whereabouts *whereabouts, struct tracked *tracked)
{
	struct disk_entry entry;
	struct text path = text_none();
	bool settled = false, alone = !tracked->names.first.next;
	bool still = alone && !tracked->renamed && !directory_tree_moves(whereabouts->paths);
	for (const struct name_entry *at = &tracked->names.first; at && !settled; at = at->next) {
		if (!at->place.directory)
			continue;
		path = still ? tracked->first_path : directory_tree_text(whereabouts->paths, at->place);
		if (!stands_at(whereabouts, tracked, path, &entry))
			continue;
		settled = alone || !page_rules_path(whereabouts->judge, tracked->page.made, path,
						    whereabouts_is_lasting(tracked, path));
		if (settled || !tracked->page.exists)
			found_at(tracked, path, &entry);
	}
	if (!tracked->page.exists && !still && look_at(whereabouts, tracked, tracked->first_path, &entry))
		found_at(tracked, tracked->first_path, &entry);
	if (!tracked->page.exists)
		find_successor(whereabouts, tracked);
	if (!tracked->page.exists && path.size)
		tracked->page.path = path;
}

/* Asks for birth times: inode numbers alone prove nothing, they are used again. */
void whereabouts_contradict(const struct whereabouts *whereabouts, struct tracked *tracked)
{
	struct disk_entry entry;
	struct page *page = &tracked->page;
	if (page->identity.birth_ns && look_at(whereabouts, tracked, page->path, &entry) && entry.identity.birth_ns) {
		found_at(tracked, page->path, &entry);
		page->release = NULL;
	}
}

const struct name_entry *whereabouts_further(const struct whereabouts *whereabouts, struct tracked *tracked,
					     const struct name_entry *at, struct text *path)
{
	struct disk_entry entry;
	for (at = at ? at->next : &tracked->names.first; at; at = at->next) {
		*path = at->place.directory ? directory_tree_text(whereabouts->paths, at->place) : text_none();
		if (path->size && !text_equal(*path, tracked->page.path) &&
		    stands_at(whereabouts, tracked, *path, &entry))
			return at;
	}
	return NULL;
}
