/*
 * timeline.h - counts live pages over the time of an audit, and pages by process. Filled only if a format asks for it,
 * because it visits every page, also those released in time, which a report otherwise only counts.
 *
 * A page counts from its creation until its release; one that vanished without a recorded removal counts to the end.
 * Kept and adopted files do not count; nor do pages that a rule hides, unless they were released in time.
 */
#ifndef PAGELEAK_TIMELINE_H
#define PAGELEAK_TIMELINE_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/report_model.h"

enum { TIMELINE_BUCKETS = 2000 };

/* An interval in which pages were made or released. */
struct timeline_bucket {
	uint32_t number;         /* it begins at from_ns + number * width_ns */
	uint64_t made, released; /* in it */
	uint64_t live, most;     /* live pages at its end; the most at any moment in it */
	uint64_t left,
		left_bytes; /* of all pages made until its end: those without a recorded release, and their bytes on disk now */
};

/* Of one process: pages that it made, that it released, and that it made and nobody released. */
struct timeline_tally {
	uint64_t made, released, left;
};

struct timeline {
	uint64_t from_ns, to_ns, width_ns;
	struct timeline_bucket *at; /* intervals without changes are left out; at most TIMELINE_BUCKETS */
	size_t count;
	uint64_t most, most_ns;  /* the largest number of live pages, and when it was first reached; exact */
	uint64_t made, released; /* in all */
	struct timeline_tally *processes;
};

/* Sets report->timeline. Call it after everything that hides findings. */
void timeline_fill(struct arena *arena, const struct pages *pages, struct report *report);

#endif
