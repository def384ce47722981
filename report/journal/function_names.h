/*
 * function_names.h - names of the interposed functions, by the ids that the journal carries. Knows nothing of journals
 * otherwise.
 */
#ifndef PAGELEAK_FUNCTION_NAMES_H
#define PAGELEAK_FUNCTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The function's name; "?" for an id that this version does not know. */
const char *function_names_at(unsigned id);
/* Whether the function exists to make temporary entries: mkstemp, mkdtemp, tmpfile, shm_open and their kin. */
bool function_names_is_temporary(const char *name);
/*
 * How many characters of the names that it makes are its own choice, as template_masked takes it: mkstemp, mkdtemp; 0
 * none.
 */
size_t function_names_random_characters(const char *name);

#endif
