/*
 * uri.h - turns paths into URI references (RFC 3986).
 */
#ifndef PAGELEAK_URI_H
#define PAGELEAK_URI_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Percent-encodes all but unreserved characters and '/'. A relative path becomes a relative reference, an absolute one
 * file://...
 */
const char *uri_of(struct arena *arena, struct text path);

#endif
