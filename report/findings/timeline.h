/*
 * timeline.h - how many pages there were at each moment of an audit, and how many each process made. Filled only when a format
 * asks for it: it looks at every page, those released in time as well, which a report otherwise only counts.
 *
 * A page counts from its creation until its release. One that vanished was not seen to go, so it counts to the end. What was kept
 * or adopted is no page; nor is what a rule hides, but for what was released in time.
 */
#ifndef PAGELEAK_TIMELINE_H
#define PAGELEAK_TIMELINE_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/report_model.h"

enum { TIMELINE_BUCKETS = 2000 };

/* A stretch of time in which something happened. Live pages are those at its end; `most` at any moment in it. */
struct timeline_bucket {
	uint32_t number; /* it begins at from_ns + number * width_ns */
	uint64_t made, released, live, most;
	uint64_t left,
		left_bytes; /* of all made until its end: those never seen to be released, and their space when the report was made */
};

/* By process of the report, in its order: pages that its calls made and released, and of those made how many were left. */
struct timeline_tally {
	uint64_t made, released, left;
};

struct timeline {
	uint64_t from_ns, to_ns, width_ns;
	struct timeline_bucket *at; /* only those in which something happened; at most TIMELINE_BUCKETS */
	size_t count;
	uint64_t most, most_ns;  /* the high-water mark and when it was first reached; exact */
	uint64_t made, released; /* in all */
	struct timeline_tally *processes;
};

/* `report` after everything that hides findings. Sets report->timeline. */
void timeline_fill(struct arena *arena, const struct pages *pages, struct report *report);

#endif
