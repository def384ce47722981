/*
 * find_audits.h - which processes write to which journal, by what they have mapped. Reads /proc; nobody is stopped or attached to.
 */
#ifndef PAGELEAK_LOCATE_H
#define PAGELEAK_LOCATE_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A name of the journal that the process writes to, or, of a `pageleak run`, the command's; NULL after a message. `pid`: digits.
 */
const char *locate_journal(struct arena *arena, const char *pid);

/* An audit of this user's that runs. */
struct audit_seen {
	const char *journal; /* a name that can be opened */
	uint32_t pid;        /* the lowest of its processes */
	size_t processes;
	const char *command; /* of that one, to be shown */
};
/* All of them; gives how many. */
size_t locate_audits(struct arena *arena, struct audit_seen **out);

/* Does the process have the file of that descriptor mapped? True also when it may not be looked into. */
bool locate_has(uint32_t pid, int descriptor);
/* Has any process, of those that may be looked into? */
bool locate_any(int descriptor);

#endif
