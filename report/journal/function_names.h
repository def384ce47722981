/*
 * function_names.h - names of the functions that the library replaces, by their ids in the journal.
 */
#ifndef PAGELEAK_FUNCTION_NAMES_H
#define PAGELEAK_FUNCTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Name of a function; "?" for an id that this version does not know. */
const char *function_names_at(unsigned id);
/* Does the function exist to make temporary files? True for mkstemp, mkdtemp, tmpfile, shm_open and the like. */
bool function_names_is_temporary(const char *name);
/* Number of random characters in a name that the function makes up (mkstemp, mkdtemp), for template_masked; 0 none. */
size_t function_names_random_characters(const char *name);

#endif
