/*
 * replay.c - applies events to pages. Must not look at the disk, and must not depend on the order in which two
 * processes' records were written.
 *
 * With birth times an event whose page is not known yet waits for it: its record may be older than that of the
 * creation. A birth time is as coarse as the kernel's clock (4 ms): an inode number that is freed and taken again
 * within one tick gives the same identity. Then creations and releases belong together in their order. Without birth
 * times an inode number is used again and again: a page lasts from its creation to its release, and a release waits
 * only for a creation whose record is a moment younger.
 */
#include "replay/replay.h"
#include "base/progress.h"
#include "format.h"
#include "model/process_model.h"
#include "replay/identity_hash.h"
#include "replay/kept_event.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * There may be a million pages. With room for all from the start no chain gets ten long (uthash's limit), each step a
 * cache miss.
 */
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS (1U << replay->buckets_log2)
#define HASH_INITIAL_NUM_BUCKETS_LOG2 replay->buckets_log2

#define STRAY_NS UINT64_C(10000000) /* records of two processes are at most this much out of order */

/* ---- memory ---- */

static void *take(const struct replay *replay, size_t size)
{
	void *taken = replay->options.forgets ? calloc(1, size) : arena_take(replay->arena, size);
	if (!taken)
		arena_out_of_memory();
	return taken;
}

static struct tracked *page_take(struct replay *replay)
{
	size_t size = replay->options.page_size ? replay->options.page_size : sizeof(struct tracked);
	struct tracked *page = replay->spare;
	if (!page)
		return take(replay, size);
	replay->spare = page->older;
	return memset(page, 0, size);
}

static void page_give(struct replay *replay, struct tracked *page)
{
	page->older = replay->spare;
	replay->spare = page;
}

/* What a page keeps of its release with `forgets`: the kind. */
static const struct event forgotten_releases[] = {{.kind = EVENT_RELEASED}, {.kind = EVENT_RENAMED}};

static const struct event *keep(const struct replay *replay, const struct event *event)
{
	return replay->options.forgets ? kept_event(event) : event;
}

static void let_go(const struct replay *replay, const struct event *event)
{
	if (replay->options.forgets)
		free((void *)event);
}

/* Copies the name where events do not stay: it may borrow from one. */
static struct place_name durable(const struct replay *replay, struct place_name place)
{
	if (replay->options.forgets)
		place.name.at = arena_copy(replay->arena, place.name.at, place.name.size);
	return place;
}

static void changed(const struct replay *replay, struct tracked *tracked)
{
	if (replay->options.changed)
		replay->options.changed(replay->options.context, tracked);
}

/* ---- pages by identity ---- */

static struct tracked *find(const struct replay *replay, const struct identity *identity)
{
	struct tracked *tracked;
	HASH_FIND(hh, replay->by_identity, identity, sizeof *identity, tracked);
	return tracked;
}

/* Adds one more page of the identity of `first`, with birth times. */
static void live_again(struct replay *replay, struct tracked *first, struct tracked *tracked)
{
	struct lives *lives = first->lives;
	if (!lives) {
		lives = first->lives = take(replay, sizeof *lives);
		*lives = (struct lives){.first = first,
					.open = first->closed ? NULL : first,
					.last = first,
					.count = 1,
					.ends = first->ended};
	}
	struct tracked *older = lives->last;
	tracked->lives = lives;
	tracked->older = older;
	lives->last = older->newer = tracked;
	if (!lives->open)
		lives->open = tracked;
	lives->count++;
	changed(replay, older); /* the disk has the newer one in its place */
}

/*
 * Adds one more page in front of `older`, without birth times. A closed one needs no place behind it: no event asks for
 * it.
 */
static void take_over(struct replay *replay, struct tracked *older, struct tracked *tracked)
{
	HASH_DEL(replay->by_identity, older);
	if (older->closed && replay->options.forgets) {
		older->apart = true;
		return;
	}
	tracked->older = older;
	older->newer = tracked;
}

/* Adds the page of a creation. `older`: what the table has of its identity; NULL nothing. */
static struct tracked *track(struct replay *replay, const struct event *made, struct tracked *older)
{
	struct tracked *tracked = page_take(replay);
	tracked->page.identity = made->page;
	tracked->page.made = keep(replay, made);
	tracked->page.path = tracked->page.renamed_from = tracked->first_path = text_none();
	if (older && made->page.birth_ns) {
		live_again(replay, older, tracked);
	} else {
		if (older)
			take_over(replay, older, tracked);
		HASH_ADD(hh, replay->by_identity, page.identity, sizeof made->page, tracked);
	}
	if (replay->order)
		replay->order[replay->count++] = tracked;
	return tracked;
}

/* The page that an event of this identity is about now, with birth times; NULL none. */
static struct tracked *living(struct tracked *first)
{
	if (!first || !first->lives)
		return first;
	struct tracked *living = first->lives->open ? first->lives->open : first->lives->last;
	return living->forgotten ? NULL : living;
}

static bool is_page_of(const struct tracked *tracked, const struct event *event)
{
	return text_equal(text_basename(tracked->page.made->path), text_basename(event->path));
}

/*
 * The open page of this identity that has the event's name, else the newest open one, without birth times; NULL none.
 */
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

static struct tracked *living_at(const struct replay *replay, const struct identity *identity)
{
	struct tracked *found = find(replay, identity);
	return identity->birth_ns ? living(found) : found;
}

/* The page that the event is about; NULL none. `found`: what the table has of its identity. */
static struct tracked *page_of(struct tracked *found, const struct event *event)
{
	return event->page.birth_ns ? living(found) : found ? open_page(found, event) : NULL;
}

/* ---- names ---- */

/* The page's name at that place, or its only name: the record may have another spelling of the path. NULL none. */
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
	return directory_tree_place(replay->paths, event->base, event->path);
}

/* The place of the name that was removed; none where the record names only the inode: the page knows its names. */
static struct place_name released_place(struct replay *replay, const struct event *event)
{
	return event->path.size ? first_place(replay, event) : (struct place_name){NULL, text_none()};
}

static struct place_name second_place(struct replay *replay, const struct event *event)
{
	return directory_tree_place(replay->paths, event->move->base2, event->move->path2);
}

/*
 * Lets the event wait when there is no open page for it: with birth times it may be about the next page of that
 * identity, whose creation was not read yet. Looks its places up now: a directory above them may move before the page
 * is known.
 */
static void wait_unless_open(struct replay *replay, const struct tracked *tracked, const struct identity *identity,
			     const struct event *event, enum waiting_role role)
{
	if (!identity->birth_ns || (tracked && !tracked->closed))
		return;
	struct waiting_event *added = waiting_events_add(&replay->waiting, identity, event, role, false);
	event = added->event;
	added->first = event->kind == EVENT_RELEASED ? released_place(replay, event) : first_place(replay, event);
	if (event->kind != EVENT_RELEASED)
		added->second = second_place(replay, event);
}

static void add_name(struct replay *replay, struct tracked *tracked, struct place_name place)
{
	page_names_add(&replay->names, &tracked->names, durable(replay, place));
}

static void name_first(struct replay *replay, struct tracked *tracked)
{
	const struct event *made = tracked->page.made;
	struct place_name place = first_place(replay, made);
	tracked->unknown = made->flags & EVENT_BASE_UNKNOWN;
	tracked->first_path = directory_tree_text(replay->paths, place);
	if (!tracked->closed || !tracked->page.path.size) /* its release may have come first */
		tracked->page.path = tracked->first_path;
	add_name(replay, tracked, place);
	changed(replay, tracked);
}

/* ---- ends ---- */

/*
 * Takes a closed page, and those behind it, out of the list of its identity: without birth times no event asks for
 * them.
 */
static void set_apart(struct tracked *tracked)
{
	tracked->apart = tracked->newer != NULL;
	if (tracked->newer)
		tracked->newer->older = NULL;
	for (struct tracked *at = tracked->older, *older; at; at = older) {
		older = at->older;
		at->apart = true;
		at->older = at->newer = NULL;
	}
	tracked->older = tracked->newer = NULL;
}

/* Events of its identity are about the next page from now on. */
static void close_page(struct replay *replay, struct tracked *tracked)
{
	struct lives *lives = tracked->lives;
	tracked->closed = true;
	while (lives && lives->open && lives->open->closed)
		lives->open = lives->open->newer;
	if (replay->options.forgets && !tracked->page.identity.birth_ns && !tracked->apart)
		set_apart(tracked);
}

/* Fixes the path: directories above it may move later without it. */
static void release(struct replay *replay, struct tracked *tracked, const struct event *event, struct place_name place)
{
	if (tracked->page.release)
		return;
	struct name_entry *name = name_meant(replay, tracked, place);
	bool unmoved = tracked->first_path.size && !directory_tree_moves(replay->paths) && !tracked->names.first.next &&
		       name && name == &tracked->names.first && !tracked->renamed;
	tracked->page.release = replay->options.forgets ? &forgotten_releases[event->kind == EVENT_RENAMED] : event;
	close_page(replay, tracked);
	if (name)
		place = name->place;
	tracked->page.path =
		unmoved || !place.directory ? tracked->first_path : directory_tree_text(replay->paths, place);
	changed(replay, tracked);
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
	changed(replay, tracked);
}

/* Was it the inode's last name? `links` before the call. */
static bool is_end(uint32_t links, uint32_t mode)
{
	return links <= 1 || S_ISDIR(mode);
}

/* The place whose name went; none for the last name of a page that has but one, whatever the record calls it. */
static struct place_name removed_place(struct replay *replay, const struct tracked *tracked, const struct event *event)
{
	bool only = is_end(event->links, event->mode) && tracked->names.count == 1;
	return only ? (struct place_name){NULL, text_none()} : released_place(replay, event);
}

static void remove_name(struct replay *replay, struct tracked *tracked, const struct event *event,
			struct place_name place)
{
	if (is_end(event->links, event->mode))
		release(replay, tracked, event, place);
	else
		drop_name(replay, tracked, event, place);
}

static void replace(struct replay *replay, struct tracked *tracked, const struct event *event, struct place_name to)
{
	if (is_end(event->move->replaced_links, event->move->replaced_mode))
		release(replay, tracked, event, to);
	else
		drop_name(replay, tracked, event, to);
}

/* ---- what an event does to a page ---- */

static void rename_page(struct replay *replay, struct tracked *tracked, struct place_name from, struct place_name to)
{
	struct name_entry *name = name_meant(replay, tracked, from);
	if (!name) {
		add_name(replay, tracked, to);
	} else {
		page_names_move(&replay->names, &tracked->names, name, durable(replay, to));
		tracked->renamed = true;
	}
	changed(replay, tracked);
}

/*
 * Did this event, a rename or a link, make the page? Then its creation was not seen, or the inode is older than the
 * audit.
 */
static bool is_made_by(const struct tracked *tracked, const struct event *event)
{
	return tracked->page.made->offset == event->offset;
}

static void rename_or_make(struct replay *replay, struct tracked *tracked, const struct event *event,
			   struct place_name from, struct place_name to)
{
	if (is_made_by(tracked, event)) {
		name_first(replay, tracked);
		return;
	}
	const struct event *made = tracked->page.made;
	rename_page(replay, tracked, from, to);
	tracked->returned = made->kind == EVENT_RENAMED && made->flags & EVENT_NEW_ENTRY &&
			    directory_tree_same(to, second_place(replay, made));
}

static void link_or_make(struct replay *replay, struct tracked *tracked, const struct event *event,
			 struct place_name place)
{
	if (is_made_by(tracked, event)) {
		name_first(replay, tracked);
		return;
	}
	add_name(replay, tracked, place);
	changed(replay, tracked);
}

/* Applies an event that waited for this page. */
static void catch_up(struct replay *replay, struct tracked *tracked, const struct waiting_event *waiting)
{
	const struct event *event = waiting->event;
	bool exchanged = event->flags & EVENT_EXCHANGED;
	if (event->kind == EVENT_RELEASED)
		remove_name(replay, tracked, event, waiting->first);
	else if (event->kind == EVENT_LINKED)
		link_or_make(replay, tracked, event, waiting->first);
	else if (waiting->role == WAITING_OF_PAGE)
		rename_or_make(replay, tracked, event, waiting->second, waiting->first);
	else if (exchanged)
		rename_page(replay, tracked, waiting->first, waiting->second);
	else
		replace(replay, tracked, event, waiting->first);
}

/* Applies the events that waited for a page of this identity to a new one, until it is closed; with birth times. */
static void catch_up_all(struct replay *replay, struct tracked *tracked)
{
	struct waiting_event *waiting;
	while (!tracked->closed && (waiting = waiting_events_take(&replay->waiting, &tracked->page.identity))) {
		catch_up(replay, tracked, waiting);
		waiting_events_done(&replay->waiting, waiting);
	}
}

/* Releases a new page if its release was read a moment ago; without birth times. */
static void meet_release(struct replay *replay, struct tracked *tracked, const struct event *made)
{
	struct waiting_event *waiting = waiting_events_take(&replay->waiting, &tracked->page.identity);
	if (!waiting)
		return;
	const struct event *event = waiting->event;
	if (event->process != made->process && made->time_ns - event->time_ns < STRAY_NS && is_page_of(tracked, event))
		release(replay, tracked, event, released_place(replay, event));
	waiting_events_done(&replay->waiting, waiting);
}

/* ---- creations ---- */

static const struct process *image_of(const struct process *process)
{
	while (process->forked && process->parent)
		process = process->parent;
	return process;
}

/*
 * Are two events records of one creation? A hook below another one (fakeroot's mknod opens) records it twice, and so do
 * the processes that come out of a call in which a signal handler forks.
 */
static bool told_twice(const struct event *one, const struct event *two)
{
	bool by_one_call =
		one->process == two->process ? one->tid == two->tid : image_of(one->process) == image_of(two->process);
	return by_one_call && text_equal(one->path, two->path);
}

/* Were as many releases read as creations? */
static bool has_ended(const struct tracked *first)
{
	return first->lives ? first->lives->ends >= first->lives->count : first->ended;
}

/* Replaces the creation of a page by an event that knows better who made it, and by which name. */
static void make_better(struct replay *replay, struct tracked *tracked, const struct event *event)
{
	const struct event *before = tracked->page.made;
	struct page_names *names = &tracked->names;
	struct name_entry *name =
		before->kind == EVENT_MADE ? page_names_at(&replay->names, names, first_place(replay, before)) : NULL;
	if (name)
		page_names_drop(&replay->names, names, name);
	if (!names->count && !names->first.next)
		names->first = (struct name_entry){0};
	tracked->page.made = keep(replay, event);
	let_go(replay, before);
	name_first(replay, tracked);
}

static void note_again(struct replay *replay, struct tracked *tracked, const struct event *event)
{
	const struct event *before = tracked->again;
	tracked->again = keep(replay, event);
	if (before)
		let_go(replay, before);
}

/*
 * Applies a creation with birth time. The earliest one wins; a certain one wins over a judged one, and that over a mere
 * new name. After the release of the last page, or when both are certain, it makes another page.
 */
static void make_of_birth(struct replay *replay, const struct event *event, struct tracked *first)
{
	struct tracked *known = first ? first->lives ? first->lives->last : first : NULL;
	const struct event *made = known && !known->forgotten ? known->page.made : NULL;
	bool certain = event->flags & EVENT_CERTAIN, was_certain = made && made->flags & EVENT_CERTAIN;
	bool was_made = made && made->kind == EVENT_MADE;
	if (!made || (was_made && (has_ended(first) || (certain && was_certain && !told_twice(made, event))))) {
		struct tracked *tracked = track(replay, event, first);
		catch_up_all(replay, tracked);
		name_first(replay, tracked);
	} else if (!was_made || (certain && !was_certain)) {
		make_better(replay, known, event);
	} else {
		note_again(replay, known, event);
	}
}

static void apply_made(struct replay *replay, const struct event *event)
{
	struct tracked *tracked = find(replay, &event->page);
	if (event->page.birth_ns) {
		make_of_birth(replay, event, tracked);
		return;
	}
	bool again = tracked && !tracked->closed && !(event->flags & EVENT_CERTAIN) && is_page_of(tracked, event);
	if (again)
		return;
	tracked = track(replay, event, tracked);
	name_first(replay, tracked);
	meet_release(replay, tracked, event);
}

/* The page that a rename or link is about; a new one when its creation was not seen. */
static struct tracked *page_or_new(struct replay *replay, const struct event *event)
{
	struct tracked *found = find(replay, &event->page), *tracked = page_of(found, event);
	if (tracked)
		return tracked;
	tracked = track(replay, event, found);
	if (event->page.birth_ns)
		catch_up_all(replay, tracked);
	return tracked;
}

/* ---- other events ---- */

/* Counts a release, at most as many as creations: that tells one page of an identity from the next. */
static void note_end(struct tracked *first)
{
	if (!first || has_ended(first))
		return;
	if (first->lives)
		first->lives->ends++;
	else
		first->ended = true;
}

static void apply_released(struct replay *replay, const struct event *event)
{
	struct tracked *found = find(replay, &event->page);
	if (is_end(event->links, event->mode))
		note_end(found);
	struct tracked *tracked = page_of(found, event);
	wait_unless_open(replay, tracked, &event->page, event, WAITING_OF_PAGE);
	if (tracked)
		remove_name(replay, tracked, event, removed_place(replay, tracked, event));
	else if (!event->page.birth_ns)
		waiting_events_add(&replay->waiting, &event->page, event, WAITING_OF_PAGE, true);
}

static void apply_replaced(struct replay *replay, const struct event *event, struct place_name to)
{
	const struct identity *identity = &event->move->replaced;
	if (!memcmp(identity, &event->page, sizeof event->page))
		return;
	struct tracked *old = living_at(replay, identity);
	wait_unless_open(replay, old, identity, event, WAITING_OF_REPLACED);
	if (old && !old->closed)
		replace(replay, old, event, to);
}

static void apply_renamed(struct replay *replay, const struct event *event)
{
	struct place_name from = second_place(replay, event), to = first_place(replay, event);
	bool exchanged = event->flags & EVENT_EXCHANGED, replaces = event->flags & EVENT_REPLACED && !exchanged;
	struct tracked *tracked = page_or_new(replay, event);
	if (replaces && is_end(event->move->replaced_links, event->move->replaced_mode))
		note_end(find(replay, &event->move->replaced));
	if (replaces)
		apply_replaced(replay, event, to);
	struct tracked *other = exchanged ? living_at(replay, &event->move->replaced) : NULL;
	if (S_ISDIR(event->mode) || (exchanged && S_ISDIR(event->move->replaced_mode)))
		directory_tree_move(replay->paths, durable(replay, from), durable(replay, to), exchanged);
	if (!is_made_by(tracked, event))
		wait_unless_open(replay, tracked, &event->page, event, WAITING_OF_PAGE);
	rename_or_make(replay, tracked, event, from, to);
	if (exchanged && other != tracked)
		wait_unless_open(replay, other, &event->move->replaced, event, WAITING_OF_REPLACED);
	if (other && !other->closed && other != tracked)
		rename_page(replay, other, to, from);
}

static void apply_linked(struct replay *replay, const struct event *event)
{
	struct tracked *tracked = page_or_new(replay, event);
	if (!is_made_by(tracked, event))
		wait_unless_open(replay, tracked, &event->page, event, WAITING_OF_PAGE);
	link_or_make(replay, tracked, event, first_place(replay, event));
}

void replay_event(struct replay *replay, const struct event *event)
{
	if (event->kind == EVENT_MADE)
		apply_made(replay, event);
	else if (event->kind == EVENT_RELEASED)
		apply_released(replay, event);
	else if (event->kind == EVENT_RENAMED)
		apply_renamed(replay, event);
	else
		apply_linked(replay, event);
}

/* ---- all of a journal ---- */

void replay_open(struct replay *replay, struct arena *arena, struct directory_tree *paths,
		 const struct replay_options *options)
{
	*replay = (struct replay){.arena = arena, .paths = paths, .names = {.arena = arena}, .buckets_log2 = 5};
	if (options)
		replay->options = *options;
	if (replay->options.forgets)
		replay->buckets_log2 = 14;
	replay->waiting.arena = replay->options.forgets ? NULL : arena;
}

/* Compares by the place among the events, which are sorted by time, then offset. */
static int by_creation(const void *a, const void *b)
{
	const struct event *x = (*(struct tracked *const *)a)->page.made, *y = (*(struct tracked *const *)b)->page.made;
	return x < y ? -1 : x > y;
}

/* Makes room for all pages of a journal: each event but a release may be the first of one. */
static void make_room(struct replay *replay, const struct journal *journal)
{
	size_t made = 0, most = 0;
	for (size_t i = 0; i < journal->event_count; i++) {
		made += journal->events[i].kind == EVENT_MADE;
		most += journal->events[i].kind != EVENT_RELEASED;
	}
	replay->order = arena_take(replay->arena, most * sizeof *replay->order + 1);
	while ((size_t)1 << replay->buckets_log2 < made && replay->buckets_log2 < 24)
		replay->buckets_log2++;
}

void replay_search_ahead(const struct replay *replay, const struct identity *const *identities, size_t count)
{
	volatile size_t found = 0; /* or the compiler leaves the searches out */
	for (size_t i = 0; i < count; i++)
		found += find(replay, identities[i]) != NULL;
	(void)found;
}

/* Searches the pages of the first of these events, REPLAY_AHEAD at most. */
static void search_ahead(const struct replay *replay, const struct event *events, size_t count)
{
	const struct identity *identities[REPLAY_AHEAD];
	if (count > REPLAY_AHEAD)
		count = REPLAY_AHEAD;
	for (size_t i = 0; i < count; i++)
		identities[i] = &events[i].page;
	replay_search_ahead(replay, identities, count);
}

void replay_run(struct replay *replay, struct journal *journal)
{
	make_room(replay, journal);
	for (size_t i = 0; i < journal->event_count; i++) {
		progress_step("following pages", i, journal->event_count);
		if (i % REPLAY_AHEAD == 0)
			search_ahead(replay, &journal->events[i], journal->event_count - i);
		replay_event(replay, &journal->events[i]);
	}
	for (size_t i = 1; i < replay->count; i++)
		if (by_creation(&replay->order[i - 1], &replay->order[i]) > 0) {
			qsort(replay->order, replay->count, sizeof *replay->order, by_creation);
			break;
		}
}

void replay_made_again(struct tracked *tracked, struct text path)
{
	const struct event *before = tracked->page.made;
	tracked->page.made = tracked->again;
	tracked->again = before;
	tracked->first_path = path;
}

/* ---- forgetting ---- */

void replay_end(struct replay *replay, struct tracked *tracked)
{
	if (!tracked->closed)
		close_page(replay, tracked);
}

void replay_rehouse(struct replay *replay, struct arena *arena, struct directory_tree *paths)
{
	waiting_events_rehouse(&replay->waiting, arena, replay->paths, paths);
	page_names_close(&replay->names);
	replay->names = (struct names_index){.arena = arena};
	replay->arena = arena;
	replay->paths = paths;
}

static struct text copied(struct replay *replay, struct text text)
{
	return (struct text){arena_copy(replay->arena, text.at, text.size), text.size};
}

void replay_rehouse_page(struct replay *replay, struct tracked *tracked, struct directory_tree *before)
{
	struct page *page = &tracked->page;
	struct text first = copied(replay, tracked->first_path);
	page->path = page->path.at == tracked->first_path.at ? first : copied(replay, page->path);
	if (page->renamed_from.size)
		page->renamed_from = first;
	tracked->first_path = first;
	page_names_rehouse(&replay->names, &tracked->names, before, replay->paths);
}

static void free_one(struct replay *replay, struct tracked *tracked)
{
	let_go(replay, tracked->page.made);
	let_go(replay, tracked->again);
	page_give(replay, tracked);
}

static void forget_lives(struct replay *replay, struct lives *lives)
{
	HASH_DEL(replay->by_identity, lives->first);
	for (struct tracked *at = lives->first, *next; at; at = next) {
		next = at->newer;
		free_one(replay, at);
	}
	free(lives);
}

void replay_forget(struct replay *replay, struct tracked *tracked)
{
	struct lives *lives = tracked->lives;
	replay_end(replay, tracked);
	tracked->forgotten = true;
	page_names_clear(&replay->names, &tracked->names);
	if (lives && ++lives->forgotten < lives->count)
		return;
	if (lives) {
		forget_lives(replay, lives);
		return;
	}
	if (!tracked->apart)
		HASH_DEL(replay->by_identity, tracked);
	free_one(replay, tracked);
}

void replay_close(struct replay *replay)
{
	for (struct tracked *spare = replay->spare, *next; spare; spare = next) {
		next = spare->older;
		free(spare);
	}
	HASH_CLEAR(hh, replay->by_identity);
	waiting_events_close(&replay->waiting);
	page_names_close(&replay->names);
}
