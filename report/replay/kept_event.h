/*
 * kept_event.h - copies events, for a replay of a journal that is not kept in memory.
 */
#ifndef PAGELEAK_KEPT_EVENT_H
#define PAGELEAK_KEPT_EVENT_H

#include "model/event_model.h"

/*
 * Returns a copy with its names, in one block for free(3). Borrows the event's process and stacks; leaves scope and
 * objects out. Ends the program when there is no memory.
 */
struct event *kept_event(const struct event *event);

#endif
