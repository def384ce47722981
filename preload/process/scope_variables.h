/*
 * scope_variables.h - the scope: the value of PAGELEAK_SCOPE, or of PYTEST_CURRENT_TEST, in this process's environment.
 */
#ifndef PAGELEAK_SCOPE_VARIABLES_H
#define PAGELEAK_SCOPE_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the scope that the environment brings along. Returns its string reference, 0 for none. */
uint32_t scope_variables_begin(void);
/* String references of the scope before and after a change; the same, 0, when there was none, or when it could not be written down. */
struct scope_change {
	uint32_t before, now;
};

/* setenv, or with a value of NULL unsetenv, has succeeded: writes down the new scope when the variable is one that counts. */
struct scope_change scope_variables_set(const char *name, const char *value, bool overwrite);
/* putenv has succeeded: with "name" alone it unsets. */
struct scope_change scope_variables_put(const char *pair);
/* clearenv has succeeded. */
struct scope_change scope_variables_clear(void);
/* String reference of the scope that pages made now belong to; 0 for none. */
uint32_t scope_variables_now(void);

#endif
