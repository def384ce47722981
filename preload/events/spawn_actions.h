/*
 * spawn_actions.h - records files that posix_spawn's file actions make. libc opens them in the child, where no hook
 * sees it; so the paths are remembered with the list of actions, and looked up when the child runs. Safety as
 * journal_map.h.
 */
#ifndef PAGELEAK_SPAWN_ACTIONS_H
#define PAGELEAK_SPAWN_ACTIONS_H

#include "events/event.h"

/* Remembers that an open of `path` with O_CREAT was added to `actions`. */
void spawn_actions_add_open(const void *actions, const char *path);
/* Forgets the paths of `actions`. */
void spawn_actions_destroyed(const void *actions);
/* After posix_spawn with `actions`: records those files that were made. call->before_ns is a time before it. */
void spawn_actions_ran(struct call *call, const void *actions);

#endif
