/*
 * init.h - how the audit begins in a process image.
 */
#ifndef PAGELEAK_INIT_H
#define PAGELEAK_INIT_H

/* Reads the settings and maps the journal. Without a journal the library stays passive. Once, before the first record. */
void init_audit(void);

#endif
