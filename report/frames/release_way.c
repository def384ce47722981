/*
 * release_way.c - asks the language of a release's stack. Must not decide whether a release came in time.
 */
#include "frames/release_way.h"
#include "frames/stack_context.h"

bool release_way_is_collected(struct symbols *symbols, const struct event *release)
{
	if (stack_context(symbols, release->native) & WITHIN_COLLECTOR)
		return true;
	const struct language *language = language_of(release->script);
	return release->flags & EVENT_COLLECTING && language->finalizes && language->finalizes(release->script);
}

struct release_way release_way_of(struct symbols *symbols, const struct event *release)
{
	const struct language *language = language_of(release->script);
	if (!release->script || !release->script->count || !language->release_way)
		return (struct release_way){NULL, NULL};
	return language->release_way(release->script, stack_context(symbols, release->native),
				     release_way_is_collected(symbols, release));
}
