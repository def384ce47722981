/*
 * spawn_actions.h - files that posix_spawn's file actions open: libc does it in the child, out of our sight. What was asked for is
 * remembered with the list of actions, and looked at when the child runs. Safety as journal.h.
 */
#ifndef PAGELEAK_SPAWN_ACTIONS_H
#define PAGELEAK_SPAWN_ACTIONS_H

#include "events/event.h"

/* An O_CREAT open of `path` was added to `actions`. */
void spawn_actions_add_open(const void *actions, const char *path);
void spawn_actions_destroyed(const void *actions);
/* The child was spawned; call->before_ns is from ahead of it. */
void spawn_actions_ran(struct call *call, const void *actions);

#endif
