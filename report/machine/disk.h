/*
 * disk.h - the disk of this machine, for model/disk_model.h.
 */
#ifndef PAGELEAK_DISK_H
#define PAGELEAK_DISK_H

#include "base/arena.h"
#include "model/disk_model.h"

/* For one report: the status of a name is read once. The arena owns it. */
struct disk *disk_open(struct arena *arena);
/* The same without a cache. It never waits for the server of a network file system. */
extern struct disk disk_living;

#endif
