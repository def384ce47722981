/*
 * disk.h - the disk of this machine, for model/disk_model.h.
 */
#ifndef PAGELEAK_DISK_H
#define PAGELEAK_DISK_H

#include "model/disk_model.h"

extern struct disk disk_real;
/* The same without a cache. It never waits for the server of a network file system. */
extern struct disk disk_living;

#endif
