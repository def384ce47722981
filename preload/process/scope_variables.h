/*
 * scope_variables.h - keeps the scope of this process: the value of PAGELEAK_SCOPE, otherwise of PYTEST_CURRENT_TEST,
 * in its environment. Safety as journal_map.h.
 */
#ifndef PAGELEAK_SCOPE_VARIABLES_H
#define PAGELEAK_SCOPE_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the scope from the environment that this image was started with. Returns its STRING reference, 0 for none. */
uint32_t scope_variables_begin(void);
/*
 * STRING references of the scope before and after a change; both 0 when there was no change, or it could not be
 * recorded.
 */
struct scope_change {
	uint32_t before, now;
};

/* After setenv, or with `value` NULL unsetenv, succeeded: records the new scope if the variable is one of the two. */
struct scope_change scope_variables_set(const char *name, const char *value, bool overwrite);
/* After putenv succeeded, which with "name" alone unsets a variable. */
struct scope_change scope_variables_put(const char *pair);
/* After clearenv succeeded. */
struct scope_change scope_variables_clear(void);
/* STRING reference of the scope that pages made now belong to; 0 for none. */
uint32_t scope_variables_now(void);

#endif
