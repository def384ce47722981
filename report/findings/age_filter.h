/*
 * age_filter.h - what is not to count because of when it was made.
 */
#ifndef PAGELEAK_AGE_FILTER_H
#define PAGELEAK_AGE_FILTER_H

#include "base/arena.h"
#include "findings/suppress.h"
#include "model/report_model.h"

/*
 * Takes pages out of the findings that were made before `from_ns` or after `to_ns` (CLOCK_REALTIME), as hidden by one more rule, `text`,
 * if there are any.
 */
void age_filter_apply(struct arena *arena, const char *text, uint64_t from_ns, uint64_t to_ns,
		      struct suppressions *rules, struct report *report);

#endif
