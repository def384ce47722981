/*
 * mounts_and_roots.h - what changes what names mean to a process: another root directory, other mounts. Says so in NOTE records, of which
 * the report makes the machine's own names again, or says that it cannot. Safety as journal.h.
 */
#ifndef PAGELEAK_MOUNTS_AND_ROOTS_H
#define PAGELEAK_MOUNTS_AND_ROOTS_H

#include "journal/scratch.h"

/* Ahead of a chroot, which may hide what a relative name starts from. NULL: not audited, or no room. */
struct scratch *root_before_change(void);
/* `path`: what the kernel took; NULL when it refused. Gives `here` back. */
void root_changed(struct scratch *here, const char *path);

/* `type` may be NULL; strings are those that the kernel took. */
void mounts_added(const char *target, const char *type, unsigned long flags);
void mounts_changed(const char *target);
/* By setns(2): a kind of 0 is any. */
void mounts_entered(int kind);

#endif
