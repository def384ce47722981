/*
 * waiting_events.c - a table of lists of events, by identity. Must not ask what an event means.
 */
#include "replay/waiting_events.h"
#include "base/arena.h"
#include "format.h"
#include "replay/identity_hash.h"
#include "replay/kept_event.h"
#include <stdlib.h>
#include <uthash.h>

struct waiting_page {
	struct identity identity;
	struct waiting_event *first, *last;
	UT_hash_handle hh;
};

static struct waiting_page *page_at(const struct waiting_events *waiting, const struct identity *identity)
{
	struct waiting_page *page;
	HASH_FIND(hh, waiting->pages, identity, sizeof *identity, page);
	return page;
}

static void *take(struct waiting_events *waiting, size_t size)
{
	void *taken = waiting->arena ? arena_take(waiting->arena, size) : calloc(1, size);
	if (!taken)
		arena_out_of_memory();
	return taken;
}

void waiting_events_done(struct waiting_events *waiting, struct waiting_event *event)
{
	if (waiting->arena)
		return;
	free((void *)event->event);
	free(event);
}

static struct waiting_event *pop(struct waiting_events *waiting, struct waiting_page *page)
{
	struct waiting_event *first = page->first;
	page->first = first->next;
	waiting->count--;
	return first;
}

static void page_drop(struct waiting_events *waiting, struct waiting_page *page)
{
	while (page->first)
		waiting_events_done(waiting, pop(waiting, page));
	HASH_DEL(waiting->pages, page);
	if (!waiting->arena)
		free(page);
}

struct waiting_event *waiting_events_add(struct waiting_events *waiting, const struct identity *identity,
					 const struct event *event, enum waiting_role role, bool only)
{
	struct waiting_page *page = page_at(waiting, identity);
	if (!page) {
		page = take(waiting, sizeof *page);
		page->identity = *identity;
		HASH_ADD(hh, waiting->pages, identity, sizeof page->identity, page);
	}
	while (only && page->first)
		waiting_events_done(waiting, pop(waiting, page));
	struct waiting_event *added = take(waiting, sizeof *added);
	*added = (struct waiting_event){.event = waiting->arena ? event : kept_event(event), .role = role};
	if (page->first)
		page->last->next = added;
	else
		page->first = added;
	page->last = added;
	waiting->count++;
	return added;
}

struct waiting_event *waiting_events_first(const struct waiting_events *waiting, const struct identity *identity)
{
	struct waiting_page *page = waiting->pages ? page_at(waiting, identity) : NULL;
	return page ? page->first : NULL;
}

struct waiting_event *waiting_events_take(struct waiting_events *waiting, const struct identity *identity)
{
	struct waiting_page *page = waiting->pages ? page_at(waiting, identity) : NULL;
	if (!page)
		return NULL;
	struct waiting_event *first = pop(waiting, page);
	if (!page->first)
		page_drop(waiting, page);
	return first;
}

void waiting_events_forget(struct waiting_events *waiting, size_t most)
{
	while (waiting->count > most)
		page_drop(waiting, waiting->pages);
}

void waiting_events_forget_before(struct waiting_events *waiting, uint64_t time_ns)
{
	while (waiting->pages && waiting->pages->last->event->time_ns < time_ns)
		page_drop(waiting, waiting->pages);
}

void waiting_events_rehouse(struct waiting_events *waiting, struct arena *arena, struct directory_tree *before,
			    struct directory_tree *paths)
{
	for (struct waiting_page *page = waiting->pages; page; page = page->hh.next)
		for (struct waiting_event *at = page->first; at; at = at->next) {
			at->first = directory_tree_rehouse(before, paths, arena, at->first);
			at->second = directory_tree_rehouse(before, paths, arena, at->second);
		}
}

void waiting_events_close(struct waiting_events *waiting)
{
	while (!waiting->arena && waiting->pages)
		page_drop(waiting, waiting->pages);
	HASH_CLEAR(hh, waiting->pages);
}
