/*
 * place.h - where in the user's own source a finding was made, for formats that point at a line; and its story in one line.
 */
#ifndef PAGELEAK_PLACE_H
#define PAGELEAK_PLACE_H

#include "python.h"

struct place {
	struct text file; /* relative to the audit's directory; "" none lies below it */
	int line;         /* 0 unknown */
};

/* The innermost frame whose file lies below the directory in which the audit was started, Python before native. */
struct place place_of(const struct report *report, const struct finding *finding);
/* "3 pages leaked, 24.0 KiB: cache/?.dat, made by Table.__init__; held by global 't'": one line, escaped as text_shown. */
const char *place_story(struct arena *arena, const struct report *report, const struct finding *finding);

#endif
