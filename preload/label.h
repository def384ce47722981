/*
 * label.h - the scope: the value of PAGELEAK_SCOPE, or of PYTEST_CURRENT_TEST, in this process's environment.
 */
#ifndef PAGELEAK_LABEL_H
#define PAGELEAK_LABEL_H

#include <stdint.h>

/* Reads the scope that the environment brings along. Returns its string reference, 0 for none. */
uint32_t label_begin(void);
/* The variable `name` (or "name=value") was set or unset: notes the new scope when it is one of ours. */
void label_changed(const char *name);
/* String reference of the scope that pages made now belong to; 0 for none. */
uint32_t label_now(void);

#endif
