/*
 * options_settings.h - options as the value of the PAGELEAK variable, "key=value:key=value": for the library, for the
 * reports that it starts, and in the journal for later reports.
 */
#ifndef PAGELEAK_OPTIONS_SETTINGS_H
#define PAGELEAK_OPTIONS_SETTINGS_H

#include "base/arena.h"
#include "options/options.h"

/* A key of PAGELEAK. In lists that are handed over below, the last has a NULL name. */
struct setting {
	const char *name, *value; /* value NULL: none was given */
};

/*
 * The value of PAGELEAK with the keys of `more` (NULL: none), then every option that is passed on at least as far as
 * `least`. Those that have their default are left out where they can be. The arena owns it. NULL: no memory.
 */
const char *options_settings(struct arena *arena, const struct options *options, enum option_passed least,
			     const struct setting *more);

/*
 * The other way round: fills `out` with the options of `command` that `settings` (NULL: none) gives, and the values of
 * `more` with those of its keys. A wrong setting is reported and skipped. Returns 0, or -1 after a message.
 */
int options_settings_parse(struct arena *arena, unsigned command, const char *settings, struct setting *more,
			   struct options *out);

/*
 * Gives the options about pages that `options` leaves at their defaults the values of `settings` (NULL: none). A given
 * --pages keeps --not-pages, too. Relative names of files are taken from `cwd`; without it (NULL) they are left out.
 * Files that cannot be read are left out after a warning.
 */
void options_settings_take_over(struct arena *arena, const char *settings, const char *cwd, struct options *options);

/* Replaces each `mark` by `value` in the names of files that pageleak is to write. */
void options_settings_fill_in(struct arena *arena, struct options *options, const char *mark, const char *value);

#endif
