/*
 * finding_place.h - where in the user's own source a finding was made, for formats that point at a line; and its story in one line.
 */
#ifndef PAGELEAK_PLACE_H
#define PAGELEAK_PLACE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/report_model.h"

struct finding_place {
	struct text file; /* relative to the repository's root; "" none lies below it */
	int line;         /* 0 unknown */
};

/*
 * `file`, as a stack has it, relative to the root of the repository; "" when it does not lie below it. A relative one is taken
 * from the audit's directory, as the compiler or the interpreter was given it.
 */
struct text finding_place_below_root(struct arena *arena, const struct report *report, struct text file);
/* The innermost frame whose file lies in the repository, the script's before native. */
struct finding_place finding_place_of(struct arena *arena, const struct report *report, const struct finding *finding);
/* Where no line is known: the program that made it. "" unknown. */
struct text finding_place_program(const struct finding *finding);
/* "Table.__init__ (src/table.py:11)": the user's own function and line, as far as they are known, escaped; "" not at all. */
const char *finding_place_maker(struct arena *arena, const struct report *report, const struct finding *finding);
/* "3 pages leaked, 24.0 KiB: cache/?.dat, made by Table.__init__; held by global 't'": one line, escaped as text_shown. */
const char *finding_place_story(struct arena *arena, const struct report *report, const struct finding *finding);

/*
 * Two findings may have one id: two lines of one function. For formats that want a key for each: by finding of the report, its number
 * from 1 on among those with its id and verdict, in the order of their lines, so that others of the report do not change it.
 */
const size_t *finding_place_occurrences(struct arena *arena, const struct report *report);

#endif
