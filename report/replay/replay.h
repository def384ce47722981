/*
 * replay.h - turns events into pages with their names and with the call that released each. Draws no conclusions.
 *
 * Events are given one by one, in order of time as far as that is known. The pages of a moment depend on the events
 * before it alone, so that a journal comes to the same whether it is read at once or while it grows. Not for several
 * threads at a time.
 */
#ifndef PAGELEAK_REPLAY_H
#define PAGELEAK_REPLAY_H

#include "base/arena.h"
#include "base/text.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "replay/page_names.h"
#include "replay/waiting_events.h"
#include <uthash.h>

/* The pages of one identity that has a birth time, when there are several. */
struct lives {
	struct tracked *first;
	struct tracked *open, *last; /* the oldest page that is still there (NULL none); the newest of all */
	uint32_t count, ends;        /* creations and releases so far */
	uint32_t forgotten;          /* pages that replay_forget was called for */
};

struct tracked {
	struct page page; /* must be first: struct pages points to it */
	struct page_names names;
	struct text first_path; /* absolute path of the name that it was made with */
	/* Pages of the same identity. The table has the newest of them; with birth times the first. */
	struct tracked *older, *newer;
	struct lives *lives;       /* shared by all of them; NULL: there is one page */
	const struct event *again; /* the latest further creation of it, taken for a reopening; NULL none */
	bool ended;                /* without `lives`: its release was read */
	bool closed;               /* its last name was removed */
	bool renamed;
	bool returned; /* an entry older than the audit that is again where it was before */
	bool unknown;  /* the directory of its first name is not known */
	bool apart;    /* without birth times: the table has it no more, no later event is about it */
	bool forgotten;
	UT_hash_handle hh;
};

/*
 * Options for callers that do not keep the journal in memory. All zero: pages are the arena's, and point to events that
 * stay.
 */
struct replay_options {
	/*
	 * An event is valid during replay_event only: pages keep copies of their creations, and of a release no more
	 * than its kind. replay_forget frees pages.
	 */
	bool forgets;
	size_t page_size; /* bytes of the caller's struct, which begins with struct tracked; 0: of struct tracked */
	/*
	 * Called when a page, its names or its state changed; not for a move of a directory above it
	 * (directory_tree_moves).
	 */
	void (*changed)(void *context, struct tracked *tracked);
	void *context;
};

struct replay {
	struct arena *arena; /* memory of names; without `forgets` of pages, too */
	struct directory_tree *paths;
	struct replay_options options;
	struct tracked *by_identity;
	struct tracked **order; /* all pages, by creation; NULL without replay_run */
	size_t count;           /* pages in `order` */
	struct waiting_events waiting;
	struct names_index names;
	struct tracked *spare; /* forgotten pages, to be used again */
	unsigned buckets_log2; /* of by_identity, when it begins */
};

/* Begins without pages. Borrows arena and paths. `options` NULL: all zero. */
void replay_open(struct replay *replay, struct arena *arena, struct directory_tree *paths,
		 const struct replay_options *options);
/* Frees all but pages: those are the arena's, or (`forgets`) must have been forgotten before. */
void replay_close(struct replay *replay);

/* Applies an event. Ends the program when there is no memory. */
void replay_event(struct replay *replay, const struct event *event);
/*
 * Searches the pages of the events that will be given next, about REPLAY_AHEAD of them, so that the processor's cache
 * has them then: many searches in a row wait for memory at the same time, searches with other work between them one
 * after the other.
 */
enum { REPLAY_AHEAD = 64 };
void replay_search_ahead(const struct replay *replay, const struct identity *const *identities, size_t count);
/* Applies all events of a journal, and fills `order`. Not with `forgets`. */
void replay_run(struct replay *replay, struct journal *journal);

/* Makes the page that of its later creation `again`, at `path`: it was no reopening. `again` becomes the former one. */
void replay_made_again(struct tracked *tracked, struct text path);

/* ---- with `forgets` ---- */

/*
 * Closes a page that is not there any more though no event says so. An event that does becomes its release all the
 * same.
 */
void replay_end(struct replay *replay, struct tracked *tracked);
/*
 * Frees a page, now or together with the last other page of its identity; the caller must not use it any more. Later
 * events of its identity are about another page.
 */
void replay_forget(struct replay *replay, struct tracked *tracked);
/*
 * Moves names to `arena`, and directories to `paths`, the heir of the present ones. The caller then calls
 * replay_rehouse_page for each page that is not forgotten, before the next event; `before` are the former paths. After
 * that it may free the former arena and paths.
 */
void replay_rehouse(struct replay *replay, struct arena *arena, struct directory_tree *paths);
void replay_rehouse_page(struct replay *replay, struct tracked *tracked, struct directory_tree *before);

#endif
