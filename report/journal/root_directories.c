/*
 * root_directories.c - finds the root directory of a process at a time. Must not ask the disk, so it follows no
 * symlinks.
 */
#include "journal/root_directories.h"
#include "base/sorted_list.h"
#include "format.h"
#include "model/event_model.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define OUTSIDE                                                                                                        \
	"(unreachable)" /* what the kernel puts ahead of a current directory that is outside of the root directory */

static struct process *above(const struct process *process)
{
	return process->before ? process->before : process->parent;
}

static const struct root_change *own_change(const struct process *process, uint64_t time_ns)
{
	size_t count = COUNT_BEFORE(process->root_count, i, process->roots[i].time_ns <= time_ns);
	return count ? &process->roots[count - 1] : NULL;
}

/* Finds the change that held when it began: its nearest ancestor's. Remembers it in all processes on the way up. */
static const struct root_change *change_before(struct process *process)
{
	const struct root_change *found = NULL;
	struct process *at = process, *end = NULL;
	for (; at && !found; at = above(at)) {
		if (at->root_looked_up) {
			found = at->root_before;
			break;
		}
		found = above(at) ? own_change(above(at), at->started_ns) : NULL;
	}
	for (end = at, at = process; at && at != end; at = above(at)) {
		at->root_before = found;
		at->root_looked_up = true;
	}
	return found;
}

/* Finds the change that holds for the process at that time; NULL none. */
static const struct root_change *change_at(struct process *process, uint64_t time_ns)
{
	const struct root_change *own = own_change(process, time_ns);
	return own ? own : change_before(process);
}

static bool is_outside(struct text path)
{
	return text_starts(path, OUTSIDE "/");
}

/* A root directory joined with a path, found by their places in memory. */
struct root_joined {
	struct root_key {
		const char *root, *path;
		size_t root_size, path_size;
	} key;
	struct text text;
	UT_hash_handle hh;
};

/* Gives the machine's name of a path, or false when it has to be joined to the root directory. */
static bool is_machines(struct text root, struct text path, struct text *out)
{
	*out = path;
	if (is_outside(path))
		*out = (struct text){path.at + strlen(OUTSIDE), path.size - strlen(OUTSIDE)};
	else if (root.size && path.size && path.at[0] == '/')
		return false;
	return true;
}

static struct text join(struct arena *arena, struct text root, struct text path)
{
	return text_of(arena_format(arena, "%.*s%.*s", (int)root.size, root.at, (int)path.size, path.at));
}

static struct text machines(struct arena *arena, struct text root, struct text path)
{
	struct text name;
	return is_machines(root, path, &name) ? name : join(arena, root, path);
}

/* Does the same for texts that stay. Joins them once, however often it is called. */
static struct text machines_kept(struct root_directories *roots, struct text root, struct text path)
{
	struct text name;
	struct root_joined *joined;
	struct root_key key = {root.at, path.at, root.size, path.size};
	if (is_machines(root, path, &name))
		return name;
	HASH_FIND(hh, roots->joined, &key, sizeof key, joined);
	if (joined)
		return joined->text;
	joined = arena_take(roots->arena, sizeof *joined);
	joined->key = key;
	joined->text = join(roots->arena, root, path);
	HASH_ADD(hh, roots->joined, key, sizeof joined->key, joined);
	return joined->text;
}

/* Takes slashes off the end, so that "/" becomes "". */
static struct text trimmed(struct text path)
{
	while (path.size && path.at[path.size - 1] == '/')
		path.size--;
	return path;
}

static int by_process_time(const void *a, const void *b)
{
	const struct root_change *x = a, *y = b;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

static int by_time(const void *a, const void *b)
{
	const struct root_change *x = *(struct root_change *const *)a, *y = *(struct root_change *const *)b;
	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

/* Makes the machine's name of a root directory that a process changed to when its own was `above`. */
static void complete(struct root_directories *roots, struct root_change *change, const struct root_change *above)
{
	struct text root = above ? above->path : text_none();
	change->known &= !above || above->known;
	change->path = change->known ? trimmed(machines_kept(roots, root, change->path)) : text_none();
	if (change->path.size >= PATH_MAX) { /* no kernel takes that: a damaged journal */
		change->path = text_none();
		change->known = false;
	}
}

/* Completes changes in order of time, since a later one builds on an earlier one. */
static void complete_all(struct root_directories *roots, struct root_change *changes, size_t count)
{
	struct root_change **order = malloc(count * sizeof *order);
	if (!order)
		arena_out_of_memory();
	for (size_t i = 0; i < count; i++)
		order[i] = &changes[i];
	qsort(order, count, sizeof *order, by_time);
	for (size_t i = 0; i < count; i++)
		complete(roots, order[i], change_at(order[i]->process, order[i]->time_ns - 1));
	free(order);
}

static size_t find_changes(const struct journal *journal, struct root_change *out)
{
	size_t count = 0;
	for (size_t i = 0; i < journal->note_count; i++) {
		const struct note_seen *note = &journal->notes[i];
		if (note->note != NOTE_CHROOT || !note->time_ns)
			continue;
		bool known = note->detail.size && (note->detail.at[0] == '/' || is_outside(note->detail));
		if (out)
			out[count] = (struct root_change){note->process, note->time_ns, note->detail, known};
		count++;
	}
	return count;
}

/* Fills journal->roots; each process gets the part with its own changes. */
static void link_changes(struct root_directories *roots, struct journal *journal, size_t count)
{
	if (count > roots->room) {
		roots->room = 2 * count;
		journal->roots = arena_take(roots->arena, roots->room * sizeof *journal->roots);
	}
	journal->root_count = find_changes(journal, journal->roots);
	qsort(journal->roots, count, sizeof *journal->roots, by_process_time);
	for (size_t i = 0; i < count; i++)
		if (!journal->roots[i].process->root_count++)
			journal->roots[i].process->roots = &journal->roots[i];
	complete_all(roots, journal->roots, count);
}

/* Puts the root directory ahead of an absolute path, or ahead of the base of a relative one. */
static void rebase(struct root_directories *roots, struct arena *arena, const struct root_change *change,
		   struct text *base, struct text *path)
{
	struct text root = change ? change->path : text_none();
	bool absolute = path->size && path->at[0] == '/';
	if (absolute && root.size) {
		*base = root;
		for (; path->size > 1 && path->at[0] == '/'; path->size--)
			path->at++;
	} else if (!absolute && base->size) {
		if (roots->last_change != change || roots->last_given.at != base->at) {
			roots->last_change = change;
			roots->last_given = *base;
			roots->last_made = machines(arena, root, *base);
		}
		*base = roots->last_made;
	}
}

void root_directories_of_event(struct root_directories *roots, struct arena *arena, struct event *event)
{
	const struct root_change *change = roots->room ? change_at(event->process, event->time_ns) : NULL;
	if (change && !change->known)
		event->flags |= EVENT_BASE_UNKNOWN | EVENT_BASE2_UNKNOWN;
	if (!change && (!event->base.size || event->base.at[0] == '/') && !event->move)
		return;
	rebase(roots, arena, change, &event->base, &event->path);
	if (event->move) {
		struct event_move *move = (struct event_move *)event->move;
		rebase(roots, arena, change, &move->base2, &move->path2);
	}
}

void root_directories_forget(struct root_directories *roots)
{
	roots->last_change = NULL;
	roots->last_given = roots->last_made = text_none();
}

bool root_directories_is_other(struct process *process, uint64_t time_ns)
{
	const struct root_change *change = change_at(process, time_ns);
	return change && (change->path.size || !change->known);
}

struct text root_directories_at_start(struct process *process)
{
	const struct root_change *change = change_before(process);
	return change ? change->path : text_none();
}

void root_directories_link(struct root_directories *roots, struct journal *journal)
{
	size_t count = find_changes(journal, NULL);
	if (!count)
		return;
	root_directories_forget(roots);
	link_changes(roots, journal, count);
	for (size_t i = 0; i < journal->process_count; i++) {
		struct process *process = journal->processes[i];
		if (!process->forked) /* otherwise it has the name of the process that it was forked from */
			process->exe = machines_kept(roots, root_directories_at_start(process), process->exe);
	}
}

void root_directories_close(struct root_directories *roots)
{
	HASH_CLEAR(hh, roots->joined);
}
