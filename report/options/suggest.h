/*
 * suggest.h - what a misspelt word was probably meant to be.
 */
#ifndef PAGELEAK_SUGGEST_H
#define PAGELEAK_SUGGEST_H

/* The entry of NULL-terminated `names` that is closest to `name`; NULL when none is close. */
const char *suggest(const char *name, const char *const *names);

#endif
