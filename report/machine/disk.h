/*
 * disk.h - the disk of this machine, as the report asks it.
 */
#ifndef PAGELEAK_DISK_H
#define PAGELEAK_DISK_H

#include "model/disk_model.h"

extern struct disk disk_real;
/* The same, but asked anew each time, and never of a server behind a network file system. */
extern struct disk disk_living;

#endif
