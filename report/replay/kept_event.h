/*
 * kept_event.h - copies of events for those who replay a journal that they do not keep in memory.
 */
#ifndef PAGELEAK_KEPT_EVENT_H
#define PAGELEAK_KEPT_EVENT_H

#include "model/event_model.h"

/*
 * A copy with its names, in one block for free(3). Its process and stacks are the event's; scope and objects are left
 * out. Ends the program when there is no memory.
 */
struct event *kept_event(const struct event *event);

#endif
