/*
 * age_filter.h - hides pages by the time of their creation (--min-age, --new-since-last).
 */
#ifndef PAGELEAK_AGE_FILTER_H
#define PAGELEAK_AGE_FILTER_H

#include "base/arena.h"
#include "findings/suppress.h"
#include "model/report_model.h"

/*
 * Removes pages made before `from_ns` or after `to_ns` (CLOCK_REALTIME) from the findings, as hidden by one more rule,
 * `text`, which is added if there are any.
 */
void age_filter_apply(struct arena *arena, const char *text, uint64_t from_ns, uint64_t to_ns,
		      struct suppressions *rules, struct report *report);

#endif
