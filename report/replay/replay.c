/*
 * replay.c - events to pages. Must not look at the disk, and must not depend on the order in which two processes' records
 * were written.
 *
 * With birth times all creations are read first, so that a release finds its page even when its record is the older one.
 * A birth time is as coarse as the kernel's clock (4 ms): an inode number that is freed and taken again within one tick
 * gives the same identity. Then creations and releases belong together in their order. Without birth times an inode
 * number is used again and again: a page lasts from its creation to its release, and a release whose record is a moment
 * older than the creation's is kept for it.
 */
#include "replay/replay.h"
#include "base/hash.h"
#include "base/progress.h"
#include "format.h"
#include "model/process_model.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A million pages: a table that starts with room for all needs no chains of ten (uthash's limit), each a cache miss. */
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS (1U << buckets_log2)
#define HASH_INITIAL_NUM_BUCKETS_LOG2 buckets_log2
static unsigned buckets_log2 = 5;

/* Inodes and birth times are scattered as they are; uthash's own function takes three times as long. */
#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash) ((void)(size), (hash) = identity_hash(key))

#define STRAY_NS UINT64_C(10000000) /* records of two processes are at most this much out of order */

/* A release of something that was not known then. */
struct stray {
	struct identity identity;
	const struct event *event;
	UT_hash_handle hh;
};

static unsigned identity_hash(const struct identity *identity)
{
	return (unsigned)(hash_mix(0, identity->inode, identity->birth_ns) >> 32);
}

static struct tracked *find(struct replay *replay, const struct identity *identity)
{
	struct tracked *tracked;
	HASH_FIND(hh, replay->by_identity, identity, sizeof *identity, tracked);
	return tracked;
}

/* With birth times, while the creations are read: one more page of the identity of `first`. */
static void live_again(struct replay *replay, struct tracked *first, struct tracked *tracked)
{
	struct lives *lives = first->lives;
	if (!lives) {
		lives = first->lives = arena_take(replay->arena, sizeof *lives);
		*lives = (struct lives){.open = first, .last = first, .count = 1, .ends = first->ended};
	}
	tracked->lives = lives;
	lives->last = lives->last->newer = tracked;
	lives->count++;
}

/* `older`: what is known by this identity; NULL nothing. */
static struct tracked *track(struct replay *replay, const struct event *made, struct tracked *older)
{
	struct tracked *tracked = arena_take(replay->arena, sizeof *tracked);
	tracked->page.identity = made->page;
	tracked->page.made = made;
	tracked->page.path = tracked->page.renamed_from = tracked->first_path = text_none();
	if (older && made->page.birth_ns) {
		live_again(replay, older, tracked);
	} else {
		tracked->older = older;
		if (older)
			HASH_DEL(replay->by_identity, older);
		HASH_ADD(hh, replay->by_identity, page.identity, sizeof made->page, tracked);
	}
	return replay->order[replay->count++] = tracked;
}

/* With birth times: the page that an event of this identity speaks of now. */
static struct tracked *living(struct tracked *first)
{
	if (!first || !first->lives)
		return first;
	return first->lives->open ? first->lives->open : first->lives->last;
}

/* ---- names ---- */

/* The only name there is, whatever the record calls it: a path may have been seen through another spelling. */
static struct name_entry *name_meant(const struct replay *replay, struct tracked *tracked, struct place_name place)
{
	struct name_entry *found = page_names_at(&replay->names, &tracked->names, place);
	if (found || tracked->names.count != 1)
		return found;
	for (found = &tracked->names.first; !found->place.directory; found = found->next)
		;
	return found;
}

static struct place_name first_place(struct replay *replay, const struct event *event)
{
	return paths_place(replay->paths, event->base, event->path);
}

/* No place where the record has no name: the inode is what counts then, and the page has names of its own. */
static struct place_name released_place(struct replay *replay, const struct event *event)
{
	return event->path.size ? first_place(replay, event) : (struct place_name){NULL, text_none()};
}

static struct place_name second_place(struct replay *replay, const struct event *event)
{
	return paths_place(replay->paths, event->move->base2, event->move->path2);
}

/* ---- what an event does ---- */

/* The path is fixed now: directories above may move later without it. */
static void release(struct replay *replay, struct tracked *tracked, const struct event *event, struct place_name place)
{
	if (tracked->page.release)
		return;
	struct name_entry *name = name_meant(replay, tracked, place);
	bool unmoved = tracked->first_path.size && !paths_moves(replay->paths) && !tracked->names.first.next && name &&
		       name == &tracked->names.first && !tracked->page.renamed_from.size;
	tracked->page.release = event;
	tracked->closed = true;
	struct lives *lives = tracked->lives;
	while (lives && lives->open && lives->open->closed)
		lives->open = lives->open->newer;
	if (name)
		place = name->place;
	tracked->page.path = unmoved || !place.directory ? tracked->first_path : paths_text(replay->paths, place);
}

static bool is_page_of(const struct tracked *tracked, const struct event *event)
{
	return text_equal(text_basename(tracked->page.made->path), text_basename(event->path));
}

/* Without birth times: the open page of this identity that the event's name speaks of, else the newest open one. */
static struct tracked *open_page(struct tracked *newest, const struct event *event)
{
	struct tracked *open = NULL;
	for (struct tracked *at = newest; at; at = at->older) {
		if (at->closed)
			break;
		if (!open || is_page_of(at, event))
			open = at;
		if (is_page_of(at, event))
			break;
	}
	return open;
}

static struct tracked *living_at(struct replay *replay, const struct identity *identity)
{
	struct tracked *found = find(replay, identity);
	return identity->birth_ns ? living(found) : found;
}

static struct tracked *first_of(struct replay *replay, const struct event *event)
{
	struct tracked *first = replay->first[event - replay->journal->events];
	return first ? first : find(replay, &event->page);
}

static struct tracked *page_of(struct replay *replay, const struct event *event)
{
	struct tracked *tracked = event->page.birth_ns ? first_of(replay, event) : find(replay, &event->page);
	return event->page.birth_ns ? living(tracked) : tracked ? open_page(tracked, event) : NULL;
}

static void name_first(struct replay *replay, struct tracked *tracked)
{
	const struct event *made = tracked->page.made;
	struct place_name place = first_place(replay, made);
	tracked->unknown = made->flags & EVENT_BASE_UNKNOWN;
	tracked->first_path = paths_text(replay->paths, place);
	if (!tracked->closed || !tracked->page.path.size) /* its release may have come first */
		tracked->page.path = tracked->first_path;
	page_names_add(&replay->names, &tracked->names, place);
}

/* The page that this very event made. Both walks meet most pages in the same order, so that the next one is often it. */
static struct tracked *created_by(struct replay *replay, const struct event *event)
{
	while (replay->next < replay->count && replay->order[replay->next]->page.made < event)
		replay->next++;
	if (replay->next < replay->count && replay->order[replay->next]->page.made == event)
		return replay->order[replay->next];
	struct tracked *tracked = first_of(replay, event);
	while (tracked && tracked->page.made != event)
		tracked = tracked->newer;
	return tracked;
}

static void apply_made(struct replay *replay, const struct event *event)
{
	if (event->page.birth_ns) {
		struct tracked *created = created_by(replay, event);
		if (created)
			name_first(replay, created);
		return;
	}
	struct tracked *tracked = find(replay, &event->page);
	bool again = tracked && !tracked->closed && !(event->flags & EVENT_CERTAIN) && is_page_of(tracked, event);
	if (again)
		return;
	tracked = track(replay, event, tracked);
	name_first(replay, tracked);
	struct stray *stray;
	HASH_FIND(hh, replay->strays, &event->page, sizeof event->page, stray);
	if (!stray)
		return;
	HASH_DEL(replay->strays, stray);
	if (stray->event->process != event->process && event->time_ns - stray->event->time_ns < STRAY_NS &&
	    is_page_of(tracked, stray->event))
		release(replay, tracked, stray->event, released_place(replay, stray->event));
}

static void add_stray(struct replay *replay, const struct event *event)
{
	struct stray *stray;
	HASH_FIND(hh, replay->strays, &event->page, sizeof event->page, stray);
	if (!stray) {
		stray = arena_take(replay->arena, sizeof *stray);
		stray->identity = event->page;
		buckets_log2 = 5;
		HASH_ADD(hh, replay->strays, identity, sizeof stray->identity, stray);
	}
	stray->event = event;
}

static void drop_name(struct replay *replay, struct tracked *tracked, const struct event *event,
		      struct place_name place)
{
	struct name_entry *name = page_names_at(&replay->names, &tracked->names, place);
	if (!name)
		return;
	/* What was old before the audit lives on elsewhere; its new entry is the page, and that is gone. */
	if (tracked->page.made->kind != EVENT_MADE && tracked->names.count == 1) {
		release(replay, tracked, event, place);
		return;
	}
	page_names_drop(&replay->names, &tracked->names, name);
}

/* Of the inode's last name. */
static bool is_end(uint32_t links, uint32_t mode)
{
	return links <= 1 || S_ISDIR(mode);
}

static void apply_released(struct replay *replay, const struct event *event)
{
	struct tracked *tracked = page_of(replay, event);
	if (!tracked) {
		if (!event->page.birth_ns)
			add_stray(replay, event);
		return;
	}
	struct place_name place = released_place(replay, event);
	if (is_end(event->links, event->mode))
		release(replay, tracked, event, place);
	else
		drop_name(replay, tracked, event, place);
}

static void apply_replaced(struct replay *replay, const struct event *event, struct place_name to)
{
	struct tracked *old = living_at(replay, &event->move->replaced);
	if (!old || old->closed || !memcmp(&event->move->replaced, &event->page, sizeof event->page))
		return;
	if (is_end(event->move->replaced_links, event->move->replaced_mode))
		release(replay, old, event, to);
	else
		drop_name(replay, old, event, to);
}

static void rename_page(struct replay *replay, struct tracked *tracked, struct place_name from, struct place_name to)
{
	struct name_entry *name = name_meant(replay, tracked, from);
	if (!name) {
		page_names_add(&replay->names, &tracked->names, to);
		return;
	}
	page_names_move(&replay->names, &tracked->names, name, to);
	if (!tracked->page.renamed_from.size)
		tracked->page.renamed_from = tracked->first_path;
}

/* A page that only this event speaks of: its maker was not seen, or the entry is new and the inode old. */
static bool is_made_by(const struct tracked *tracked, const struct event *event)
{
	return tracked && tracked->page.made == event;
}

static void apply_renamed(struct replay *replay, const struct event *event)
{
	struct place_name from = second_place(replay, event), to = first_place(replay, event);
	bool exchanged = event->flags & EVENT_EXCHANGED;
	struct tracked *tracked = page_of(replay, event);
	if (event->flags & EVENT_REPLACED && !exchanged)
		apply_replaced(replay, event, to);
	struct tracked *other = exchanged ? living_at(replay, &event->move->replaced) : NULL;
	if (S_ISDIR(event->mode) || (exchanged && S_ISDIR(event->move->replaced_mode)))
		paths_move(replay->paths, from, to, exchanged);
	if (!tracked && !event->page.birth_ns)
		tracked = track(replay, event, find(replay, &event->page));
	if (is_made_by(tracked, event)) {
		name_first(replay, tracked);
	} else if (tracked) {
		const struct event *made = tracked->page.made;
		rename_page(replay, tracked, from, to);
		tracked->returned = made->kind == EVENT_RENAMED && made->flags & EVENT_NEW_ENTRY &&
				    paths_same(to, second_place(replay, made));
	}
	if (other && !other->closed && other != tracked)
		rename_page(replay, other, to, from);
}

static void apply_linked(struct replay *replay, const struct event *event)
{
	struct tracked *tracked = page_of(replay, event);
	if (!tracked && !event->page.birth_ns)
		tracked = track(replay, event, find(replay, &event->page));
	if (is_made_by(tracked, event))
		name_first(replay, tracked);
	else if (tracked)
		page_names_add(&replay->names, &tracked->names, first_place(replay, event));
}

static const struct process *image_of(const struct process *process)
{
	while (process->forked && process->parent)
		process = process->parent;
	return process;
}

/*
 * A hook below another one (fakeroot's mknod opens) tells of one creation twice. So do the processes that come out of a call in
 * which a signal handler forks.
 */
static bool told_twice(const struct event *one, const struct event *two)
{
	bool by_one_call =
		one->process == two->process ? one->tid == two->tid : image_of(one->process) == image_of(two->process);
	return by_one_call && text_equal(one->path, two->path);
}

/* As many releases as creations were met. */
static bool has_ended(const struct tracked *first)
{
	return first->lives ? first->lives->ends >= first->lives->count : first->ended;
}

/*
 * The earliest creation wins; one that is certain wins over one that is judged, and that over a mere new name. After the last
 * one's release, or when both are certain, it is another page.
 */
static void note_creation(struct replay *replay, const struct event *event)
{
	struct tracked *first = find(replay, &event->page);
	struct tracked **of = &replay->first[event - replay->journal->events];
	*of = first;
	if (!first) {
		*of = track(replay, event, NULL);
		return;
	}
	if (event->kind != EVENT_MADE)
		return;
	struct tracked *known = first->lives ? first->lives->last : first;
	const struct event *made = known->page.made;
	bool certain = event->flags & EVENT_CERTAIN, was_certain = made->flags & EVENT_CERTAIN;
	bool was_made = made->kind == EVENT_MADE;
	if (was_made && (has_ended(first) || (certain && was_certain && !told_twice(made, event))))
		track(replay, event, first);
	else if (!was_made || (certain && !was_certain))
		known->page.made = event;
	else
		known->again = event;
}

static void note_end(struct tracked *first)
{
	if (!first || has_ended(first))
		return;
	if (first->lives)
		first->lives->ends++;
	else
		first->ended = true;
}

/* Creations in order, and as many ends as it takes to tell one life of an identity from the next. */
static void note_lives(struct replay *replay, const struct event *event)
{
	if (event->kind == EVENT_RELEASED && is_end(event->links, event->mode))
		note_end(replay->first[event - replay->journal->events] = find(replay, &event->page));
	else if (event->kind != EVENT_RELEASED && event->page.birth_ns)
		note_creation(replay, event);
	bool replaces =
		event->kind == EVENT_RENAMED && event->flags & EVENT_REPLACED && !(event->flags & EVENT_EXCHANGED);
	if (replaces && is_end(event->move->replaced_links, event->move->replaced_mode))
		note_end(find(replay, &event->move->replaced));
}

static int by_creation(const void *a, const void *b)
{
	const struct event *x = (*(struct tracked *const *)a)->page.made, *y = (*(struct tracked *const *)b)->page.made;
	return x < y ? -1 : x > y; /* events are sorted */
}

/* Each event but a release may be the first of a page. */
static void make_room(struct replay *replay, struct journal *journal)
{
	size_t made = 0, most = 0;
	for (size_t i = 0; i < journal->event_count; i++) {
		made += journal->events[i].kind == EVENT_MADE;
		most += journal->events[i].kind != EVENT_RELEASED;
	}
	replay->journal = journal;
	replay->order = arena_take(replay->arena, most * sizeof *replay->order + 1);
	replay->first = arena_take(replay->arena, journal->event_count * sizeof *replay->first + 1);
	for (buckets_log2 = 5; (size_t)1 << buckets_log2 < made && buckets_log2 < 24; buckets_log2++)
		;
}

void replay_run(struct replay *replay, struct journal *journal)
{
	replay->names = (struct names_index){.arena = replay->arena};
	make_room(replay, journal);
	for (size_t i = 0; i < journal->event_count; i++)
		note_lives(replay, &journal->events[i]);
	for (size_t i = 0; i < journal->event_count; i++) {
		const struct event *event = &journal->events[i];
		progress_step("following pages", i, journal->event_count);
		if (event->kind == EVENT_MADE)
			apply_made(replay, event);
		else if (event->kind == EVENT_RELEASED)
			apply_released(replay, event);
		else if (event->kind == EVENT_RENAMED)
			apply_renamed(replay, event);
		else
			apply_linked(replay, event);
	}
	for (size_t i = 1; i < replay->count; i++)
		if (by_creation(&replay->order[i - 1], &replay->order[i]) > 0) {
			qsort(replay->order, replay->count, sizeof *replay->order, by_creation);
			break;
		}
}

void replay_close(struct replay *replay)
{
	HASH_CLEAR(hh, replay->by_identity);
	HASH_CLEAR(hh, replay->strays);
	names_index_free(&replay->names);
}
