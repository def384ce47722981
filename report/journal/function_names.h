/*
 * function_names.h - the names of replaced functions, by the ids that events have.
 */
#ifndef PAGELEAK_FUNCTION_NAMES_H
#define PAGELEAK_FUNCTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Gives the function's name; "?" for an id that this version does not know. */
const char *function_names_at(unsigned id);
/* Whether the function exists to make temporary entries: mkstemp, mkdtemp, tmpfile, shm_open and their kin. */
bool function_names_is_temporary(const char *name);
/* Counts the characters that the function chooses itself in the names that it makes, as mkstemp does; 0 none. */
size_t function_names_random_characters(const char *name);

#endif
