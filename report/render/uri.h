/*
 * uri.h - paths as URI references (RFC 3986).
 */
#ifndef PAGELEAK_URI_H
#define PAGELEAK_URI_H

#include "base/arena.h"
#include "base/text.h"

/* Everything but unreserved characters and '/' percent-encoded. `path` relative: a relative reference; absolute: file://... */
const char *uri_of(struct arena *arena, struct text path);

#endif
