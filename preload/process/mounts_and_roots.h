/*
 * mounts_and_roots.h - records changes of the root directory and of mounts, which change what a path refers to, in NOTE
 * records. The report translates paths back by these, or says that it cannot. Safety as journal_map.h.
 */
#ifndef PAGELEAK_MOUNTS_AND_ROOTS_H
#define PAGELEAK_MOUNTS_AND_ROOTS_H

#include "journal/scratch.h"

/*
 * Before chroot(2): keeps the current directory, which its argument may be relative to. NULL: not audited, or no room.
 */
struct scratch *root_before_change(void);
/*
 * After chroot(2): records the new root directory. `path`: its argument; NULL when the call failed. Gives `here` back.
 */
void root_changed(struct scratch *here, const char *path);

/*
 * After mount(2) succeeded, with its arguments. `type` may be NULL. Does nothing when paths below `target` stay the
 * same.
 */
void mounts_added(const char *target, const char *type, unsigned long flags);
/* After another call changed what is mounted at `target`; NULL: not known where. */
void mounts_changed(const char *target);
/* After setns(2) entered a namespace of that kind, one of CLONE_NEW*; 0: of any. */
void mounts_entered(int kind);

#endif
