/*
 * begun_options.h - the options that an audit was begun with, as its journal has them.
 */
#ifndef PAGELEAK_BEGUN_OPTIONS_H
#define PAGELEAK_BEGUN_OPTIONS_H

#include "base/arena.h"
#include "options/options.h"

/*
 * What was said of pages when the audit of that journal began holds for `options`, too, where those say nothing else: a later report then
 * agrees with the program's own. What cannot be read, or is another user's, changes nothing, and nothing is said of it.
 */
void begun_options_take_over(struct arena *arena, const char *journal, struct options *options);

#endif
