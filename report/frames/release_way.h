/*
 * release_way.h - how a page was released: by an explicit call, by a finalizer, by the garbage collector.
 */
#ifndef PAGELEAK_RELEASE_WAY_H
#define PAGELEAK_RELEASE_WAY_H

#include "frames/languages.h"
#include "model/event_model.h"
#include "symbols/symbol.h"

/*
 * What called the release, and what made that run; both NULL without a script's stack, or for a language without such a
 * rule.
 */
struct release_way release_way_of(struct symbols *symbols, const struct event *release);

/*
 * Did the garbage collector call the release? The native stack shows it where the interpreter's functions have names.
 * Otherwise only the flag EVENT_COLLECTING is known: a collection was under way, perhaps another thread's. Then it
 * counts for a finalizer's release only.
 */
bool release_way_is_collected(struct symbols *symbols, const struct event *release);

#endif
