/*
 * replay.h - a journal's events made into pages with their names, and the call that released each. Draws no conclusions.
 */
#ifndef PAGELEAK_REPLAY_H
#define PAGELEAK_REPLAY_H

#include "base/arena.h"
#include "base/text.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "replay/page_names.h"
#include <uthash.h>

/* Of several pages with one identity that has a birth time. */
struct lives {
	struct tracked *open, *last; /* the oldest page that is still there, the newest of all */
	uint32_t count, ends;        /* creations and releases met while reading the creations */
};

struct tracked {
	struct page page; /* first: out->at points here */
	struct page_names names;
	struct text first_path;
	/* Of the same identity. Without birth times: newest first. With them: from the first on, in order of creation. */
	struct tracked *older, *newer;
	struct lives *lives;       /* of all of them; NULL: there is but one */
	const struct event *again; /* a later creation of this identity, taken for a reopening */
	bool ended;                /* alone: its release was met while reading the creations */
	bool closed;               /* its last name went */
	bool returned;             /* an old entry that is again where it was before the audit */
	bool unknown;              /* no name of it could be resolved */
	UT_hash_handle hh;
};

struct replay {
	struct arena *arena;
	struct journal *journal; /* as given to replay_run */
	struct paths *paths;
	struct tracked *by_identity;
	struct tracked **
		first; /* by event: of its identity, as far as the reading of the creations found it; NULL: to be looked for */
	struct tracked **order; /* by creation */
	size_t count;
	size_t next; /* in `order`; see created_by */
	struct stray *strays;
	struct names_index names;
};

void replay_run(struct replay *replay, struct journal *journal);
void replay_close(struct replay *replay);

#endif
