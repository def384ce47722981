/*
 * begun.h - the options that a running audit was begun with, as its processes have them in their environment.
 */
#ifndef PAGELEAK_BEGUN_H
#define PAGELEAK_BEGUN_H

#include "options.h"

/*
 * What was said of pages when the audit of process `pid` (a decimal number) began holds for `options`, too, where those say nothing
 * else: a report from outside then agrees with the program's own. What cannot be read changes nothing.
 */
void begun_take_over(struct arena *arena, const char *pid, struct options *options);

#endif
