/*
 * find_audits.h - finds out which processes write to which journal, by the mappings in /proc. No process is stopped or attached to.
 */
#ifndef PAGELEAK_FIND_AUDITS_H
#define PAGELEAK_FIND_AUDITS_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A name by which the journal can be opened to which process `digits` writes; for a `pageleak run`, that of its command. NULL after a
 * message. The arena owns it.
 */
const char *find_audits_journal(struct arena *arena, const char *digits);

/* An audit of this user's (for root: of anybody's) that runs. */
struct audit_seen {
	const char *journal; /* a name by which it can be opened */
	uint32_t pid;        /* the lowest of its processes */
	size_t processes;
	const char *command; /* of that process, safe to print */
};
/* Lists all of them in `*out`, which the arena owns; gives how many. */
size_t find_audits(struct arena *arena, struct audit_seen **out);

/* Does the process map the open file? True also when its mappings may not be read. */
bool find_audits_maps(uint32_t pid, int descriptor);
/* Does any process whose mappings may be read? */
bool find_audits_any_maps(int descriptor);

#endif
