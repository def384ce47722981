/*
 * replay.h - events made into pages with their names, and the call that released each. Draws no conclusions.
 *
 * Events are given one by one, in order of time as far as that is known. Each is done with when replay_event returns:
 * what is known then depends on the events before it alone, so that the end of a journal is the same whether it was
 * read at once or while it grew.
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

/* Of several pages with one identity that has a birth time. */
struct lives {
	struct tracked *first;
	struct tracked *open, *last; /* the oldest page that is still there, the newest of all */
	uint32_t count, ends;        /* creations and releases so far */
	uint32_t forgotten;
};

struct tracked {
	struct page page; /* first: out->at points here */
	struct page_names names;
	struct text first_path;
	/*
	 * Of the same identity. Without birth times: newest first. With them: from the first on, in order of creation.
	 */
	struct tracked *older, *newer;
	struct lives *lives;       /* of all of them; NULL: there is but one */
	const struct event *again; /* a later creation of this identity, taken for a reopening */
	bool ended;                /* alone: its release was met */
	bool closed;               /* its last name went */
	bool renamed;
	bool returned; /* an old entry that is again where it was before the audit */
	bool unknown;  /* no name of it could be resolved */
	bool apart;    /* without birth times: no event of its identity speaks of it any more */
	bool forgotten;
	UT_hash_handle hh;
};

/* For who does not keep the journal in memory. All zero: pages are the arena's, and point to events that stay. */
struct replay_options {
	bool forgets; /* pages have copies of their creations, and of their releases the kind; they go with replay_forget */
	size_t page_size; /* of what begins with struct tracked; 0: of that */
	/*
	 * What the page is or was has changed. Not called for the move of a directory above it; see
	 * directory_tree_moves.
	 */
	void (*changed)(void *context, struct tracked *tracked);
	void *context;
};

struct replay {
	struct arena *arena; /* of names; without `forgets` of pages, too */
	struct directory_tree *paths;
	struct replay_options options;
	struct tracked *by_identity;
	struct tracked **order; /* NULL unless replay_expect */
	size_t count;           /* in it */
	struct waiting_events waiting;
	struct names_index names;
	struct tracked *spare; /* forgotten ones, to be used again */
	unsigned buckets_log2;
};

/* `options` NULL: all zero. */
void replay_open(struct replay *replay, struct arena *arena, struct directory_tree *paths,
		 const struct replay_options *options);
void replay_close(struct replay *replay);

void replay_event(struct replay *replay, const struct event *event);
/*
 * Looks for the pages of events that are given next, REPLAY_AHEAD or so of them, so that they are in the processor's
 * cache then: many searches in a row wait for memory at the same time, searches with other work between them one after
 * the other.
 */
enum { REPLAY_AHEAD = 64 };
void replay_search_ahead(const struct replay *replay, const struct identity *const *identities, size_t count);
/* All of a journal. Fills `order`, by creation. */
void replay_run(struct replay *replay, struct journal *journal);

/* The page is not that of its creation, but of the later one that was taken for a reopening, at `path`. */
void replay_made_again(struct tracked *tracked, struct text path);

/* ---- with `forgets` ---- */

/* It is not there any more, and no event has said so. One that does is taken for its release all the same. */
void replay_end(struct replay *replay, struct tracked *tracked);
/*
 * Of the page nothing is wanted any more. It is freed, now or with the others of its identity. What is read of its
 * identity afterwards speaks of another page.
 */
void replay_forget(struct replay *replay, struct tracked *tracked);
/*
 * From now on names are in `arena`, and directories in `paths`, the heir of the paths so far. Each page that is not
 * forgotten has to move there, too, before the next event. Then the arena and the paths of before can be freed, and
 * what has gone with them.
 */
void replay_rehouse(struct replay *replay, struct arena *arena, struct directory_tree *paths);
void replay_rehouse_page(struct replay *replay, struct tracked *tracked, struct directory_tree *before);

#endif
