/*
 * finding_place.h - the file:line of the user's source to show for a finding, and one-line descriptions of it.
 */
#ifndef PAGELEAK_FINDING_PLACE_H
#define PAGELEAK_FINDING_PLACE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/report_model.h"

struct finding_place {
	struct text file; /* relative to the repository's root; "" none lies below it */
	int line;         /* 0 unknown */
};

/*
 * Makes a source file of a frame relative to the repository's root; "" if it does not lie below the root. A relative
 * file is taken from the audit's directory, where compilers and interpreters usually are given it.
 */
struct text finding_place_below_root(struct arena *arena, const struct report *report, struct text file);
/*
 * File and line of the innermost own frame whose file lies in the repository; frames of scripts come before native
 * ones.
 */
struct finding_place finding_place_of(struct arena *arena, const struct report *report, const struct finding *finding);
/* The program that made the finding, to show where no line is known; "" unknown. */
struct text finding_place_program(const struct finding *finding);
/* "Table.__init__ (src/table.py:11)": the user's function and line as far as they are known, escaped; "" neither. */
const char *finding_place_maker(struct arena *arena, const struct report *report, const struct finding *finding);
/*
 * "3 pages leaked, 24.0 KiB: cache/?.dat, made by Table.__init__; held by global 't'": one line, escaped as text_shown.
 */
const char *finding_place_story(struct arena *arena, const struct report *report, const struct finding *finding);

/*
 * For formats that want a unique key a finding: two findings may have the same id (two lines of one function). Returns,
 * for each finding of the report, its number, from 1 on, among those with its id and verdict, ordered by line; other
 * findings do not change it.
 */
const size_t *finding_place_occurrences(struct arena *arena, const struct report *report);

#endif
