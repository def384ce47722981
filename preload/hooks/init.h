/*
 * init.h - begins the audit of a process image.
 */
#ifndef PAGELEAK_INIT_H
#define PAGELEAK_INIT_H

/* Reads the settings and maps the journal; without one the library does nothing. Once, before the first record. */
void init_audit(void);

#endif
