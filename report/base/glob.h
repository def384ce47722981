/*
 * glob.h - matches path patterns. `*` is any bytes but '/', `**` any bytes, `?` one byte but '/', `[a-z]` and `[!a-z]`
 * one byte of a set (never '/'); `\` takes the next byte literally. A leading `**` followed by '/' also matches
 * nothing.
 */
#ifndef PAGELEAK_GLOB_H
#define PAGELEAK_GLOB_H

#include "base/text.h"

/*
 * Does the pattern match the whole of `text`? Takes time in proportion to pattern times text at worst, and no memory.
 */
bool glob_match(const char *pattern, struct text text);
/* The same for an absolute path. A pattern that does not begin with '/' is relative to `cwd`. */
bool glob_match_path(const char *pattern, const char *cwd, struct text path);
/* Bytes of a pattern up to the last '/' before its first special byte. */
size_t glob_fixed(const char *pattern);

#endif
