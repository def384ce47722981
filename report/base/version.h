/*
 * version.h - the version of pageleak; the Makefile and scripts/journal-manual read it here, too.
 */
#ifndef PAGELEAK_VERSION_H
#define PAGELEAK_VERSION_H

#define PAGELEAK_VERSION "0.1.0"

#endif
