/*
 * api.h - names of the interposed functions, by the ids that the journal carries. Knows nothing of journals otherwise.
 */
#ifndef PAGELEAK_API_H
#define PAGELEAK_API_H

#include <stdbool.h>

/* The function's name; "?" for an id that this version does not know. */
const char *api_name(unsigned id);
/* Whether the function exists to make temporary entries: mkstemp, mkdtemp, tmpfile, shm_open and their kin. */
bool api_is_temporary(const char *name);
/* Whether the names that it makes end in six characters of its own: mkstemp, mkdtemp. */
bool api_ends_at_random(const char *name);

#endif
