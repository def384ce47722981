/*
 * find_audits.h - finds out which processes write to which journal, by their mappings in /proc. Stops no process and
 * attaches to none.
 */
#ifndef PAGELEAK_FIND_AUDITS_H
#define PAGELEAK_FIND_AUDITS_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A name of the journal that process `digits` writes, or, if it is a `pageleak run`, that its command writes. NULL
 * after a message. The arena owns it.
 */
const char *find_audits_journal(struct arena *arena, const char *digits);

/* A running audit of this user (for root: of any user). */
struct audit_seen {
	const char *journal; /* a name by which it can be opened */
	uint32_t pid;        /* the lowest number of its processes */
	size_t processes;
	const char *command; /* of that process, safe to print */
};
/* Lists all running audits in `*out`, which the arena owns. Returns how many there are. */
size_t find_audits(struct arena *arena, struct audit_seen **out);

/* Does the process map this file? True also when its mappings cannot be read. */
bool find_audits_maps(uint32_t pid, int descriptor);
/* Does any process map this file, as far as mappings can be read? */
bool find_audits_any_maps(int descriptor);

#endif
