/*
 * begun_options.h - takes over the options with which an audit was started, as its journal records them.
 */
#ifndef PAGELEAK_BEGUN_OPTIONS_H
#define PAGELEAK_BEGUN_OPTIONS_H

#include "base/arena.h"
#include "options/options.h"

/*
 * Fills the options about pages that `options` leaves unset from those that the journal recorded, so that later reports
 * agree with the first. Changes nothing, and reports nothing, when the journal cannot be read or belongs to another
 * user.
 */
void begun_options_take_over(struct arena *arena, const char *journal, struct options *options);

#endif
