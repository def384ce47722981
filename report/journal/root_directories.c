/*
 * root_directories.c - root directories, by process and time. Must not ask the disk: links within another root directory are not followed
 * here.
 */
#include "journal/root_directories.h"
#include "base/arena.h"
#include "base/sorted_list.h"
#include "format.h"
#include "model/event_model.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define OUTSIDE                                                                                                        \
	"(unreachable)" /* the kernel's word ahead of a current directory that is not below the root directory */

static struct process *above(const struct process *process)
{
	return process->before ? process->before : process->parent;
}

static const struct root_change *own_change(const struct process *process, uint64_t time_ns)
{
	size_t count = COUNT_BEFORE(process->root_count, i, process->roots[i].time_ns <= time_ns);
	return count ? &process->roots[count - 1] : NULL;
}

/* What held when it began, its nearest ancestor's that had changed it by then. Remembered for all on the way up. */
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

/* The change that holds for the process at that time; NULL none. */
static const struct root_change *change_at(struct process *process, uint64_t time_ns)
{
	const struct root_change *own = own_change(process, time_ns);
	return own ? own : change_before(process);
}

static bool is_outside(struct text path)
{
	return text_starts(path, OUTSIDE "/");
}

static struct text machines(struct arena *arena, struct text root, struct text path)
{
	if (is_outside(path))
		return (struct text){path.at + strlen(OUTSIDE), path.size - strlen(OUTSIDE)};
	if (!root.size || !path.size || path.at[0] != '/')
		return path;
	return text_of(arena_format(arena, "%.*s%.*s", (int)root.size, root.at, (int)path.size, path.at));
}

/* "/a/b/" and "/a/b" are one, and "/" is none. */
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

/* An earlier change is told in full before a later one that builds on it. */
static void tell_in_full(struct journal *journal, struct root_change *changes, size_t count)
{
	struct root_change **order = arena_take(journal->arena, count * sizeof *order);
	for (size_t i = 0; i < count; i++)
		order[i] = &changes[i];
	qsort(order, count, sizeof *order, by_time);
	for (size_t i = 0; i < count; i++) {
		struct root_change *change = order[i];
		const struct root_change *above = change_at(change->process, change->time_ns - 1);
		struct text root = above ? above->path : text_none();
		change->known &= !above || above->known;
		change->path = change->known ? trimmed(machines(journal->arena, root, change->path)) : text_none();
		if (change->path.size >= PATH_MAX) { /* no kernel takes that: a damaged journal */
			change->path = text_none();
			change->known = false;
		}
	}
}

static size_t find_changes(struct journal *journal)
{
	struct root_change *changes = arena_take(journal->arena, (journal->note_count + 1) * sizeof *changes);
	size_t count = 0;
	for (size_t i = 0; i < journal->note_count; i++) {
		struct note_seen *note = &journal->notes[i];
		if (note->note == NOTE_CHROOT && note->time_ns)
			changes[count++] = (struct root_change){
				note->process, note->time_ns, note->detail,
				note->detail.size && (note->detail.at[0] == '/' || is_outside(note->detail))};
	}
	if (!count)
		return 0;
	qsort(changes, count, sizeof *changes, by_process_time);
	for (size_t i = 0; i < count; i++)
		if (!changes[i].process->root_count++)
			changes[i].process->roots = &changes[i];
	tell_in_full(journal, changes, count);
	journal->roots = changes;
	return count;
}

/* What was made of a base last: it will mostly be asked for again. */
struct last_base {
	const struct root_change *change;
	struct text given, made;
};

/* An absolute name starts from the root directory, a relative one where its base does. */
static void rebase(struct arena *arena, const struct root_change *change, struct text *base, struct text *path,
		   struct last_base *last)
{
	struct text root = change ? change->path : text_none();
	bool absolute = path->size && path->at[0] == '/';
	if (absolute && root.size) {
		*base = root;
		for (; path->size > 1 && path->at[0] == '/'; path->size--)
			path->at++;
	} else if (!absolute && base->size) {
		if (last->change != change || last->given.at != base->at)
			*last = (struct last_base){change, *base, machines(arena, root, *base)};
		*base = last->made;
	}
}

static void apply_to_events(struct journal *journal)
{
	struct last_base last = {0};
	for (size_t i = 0; i < journal->event_count; i++) {
		struct event *event = &journal->events[i];
		const struct root_change *change =
			journal->root_count ? change_at(event->process, event->time_ns) : NULL;
		if (change && !change->known)
			event->flags |= EVENT_BASE_UNKNOWN | EVENT_BASE2_UNKNOWN;
		if (!change && (!event->base.size || event->base.at[0] == '/') && !event->move)
			continue;
		rebase(journal->arena, change, &event->base, &event->path, &last);
		if (event->move) {
			struct event_move *move = (struct event_move *)event->move;
			rebase(journal->arena, change, &move->base2, &move->path2, &last);
		}
	}
}

bool root_is_other(struct process *process, uint64_t time_ns)
{
	const struct root_change *change = change_at(process, time_ns);
	return change && (change->path.size || !change->known);
}

struct text root_at_start(struct process *process)
{
	const struct root_change *change = change_before(process);
	return change ? change->path : text_none();
}

void root_apply(struct journal *journal)
{
	journal->root_count = find_changes(journal);
	apply_to_events(journal);
	for (size_t i = 0; journal->root_count && i < journal->process_count; i++) {
		struct process *process = journal->processes[i];
		if (!process->forked) /* else it has its original's name */
			process->exe = machines(journal->arena, root_at_start(process), process->exe);
	}
}
