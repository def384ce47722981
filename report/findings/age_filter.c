/*
 * age_filter.c - compares creation times with a range. Must not change a verdict.
 */
#include "findings/age_filter.h"
#include "model/page_model.h"

struct range {
	uint64_t from_ns, to_ns;
};

static bool is_outside(const void *context, const struct page *page)
{
	const struct range *range = context;
	uint64_t made_ns = page->made ? page->made->time_ns : page->stranger->born_ns;
	return made_ns < range->from_ns || made_ns > range->to_ns;
}

void age_filter_apply(struct arena *arena, const char *text, uint64_t from_ns, uint64_t to_ns,
		      struct suppressions *rules, struct report *report)
{
	struct range range = {from_ns, to_ns};
	suppress_pages(arena, text, is_outside, &range, rules, report);
}
