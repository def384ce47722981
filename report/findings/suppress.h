/*
 * suppress.h - what is not to count: rules of the user's, and what programs leave by design.
 *
 * A rule a line, `#` comments, as in LSan and valgrind:
 *   leak:PATTERN       a function, source file or module of either stack contains it (`*` any bytes, `^` the start, `$` the end)
 *   path:GLOB          the page's path, or that of the leaked directory that it is told with; a glob as of --pages
 *   process:PATTERN    the program that made it, by path or arguments, as in `leak`
 *   scope:PATTERN      the test or scope that it was made in
 *   frames: a; ...; b  functions that call one another, innermost first, anywhere in either stack; `...` any frames between;
 *                      `a in FILE`: in a source file of that name or path, a pattern, too
 * `max=N` behind a rule: it hides that many entries at most.
 */
#ifndef PAGELEAK_SUPPRESS_H
#define PAGELEAK_SUPPRESS_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/report_model.h"

#define FRAME_IN " in "

enum suppression_kind {
	SUPPRESS_LEAK,
	SUPPRESS_PATH,
	SUPPRESS_PROCESS,
	SUPPRESS_SCOPE,
	SUPPRESS_FRAMES,
	SUPPRESS_OTHER
};

struct suppression {
	enum suppression_kind kind;
	const char *text; /* as written */
	const char **
		patterns; /* NULL-terminated; one, but for FRAMES ("" stands for `...`) and known PATHs (the path, all below) */
	const char **files; /* FRAMES: beside `patterns`, of the files that the functions must be in; NULL any */
	uint64_t max;       /* 0: no limit */
	size_t tail_size;   /* known: how much of the last part of its glob is literal */
	const char *tail;
	const char *by_design; /* who leaves it by design, and why; NULL: a rule of the user's */
	struct total hidden;
};

struct suppressions {
	struct suppression *at;
	size_t count, room;
};

/* Adds the rules in `size` bytes; `name` for messages. 0, or -1 after a message with the line. */
int suppress_parse(struct arena *arena, const char *bytes, size_t size, const char *name, struct suppressions *out);
/* The same from files, NULL-terminated. */
int suppress_load(struct arena *arena, const char *const *files, struct suppressions *out);
/* Adds what programs leave by design (known.def). */
void suppress_left_by_design(struct arena *arena, struct suppressions *out);

/*
 * Takes what the rules hide out of the report's findings and totals, and puts the rules into it. Known ones hide no page that
 * --pages names. `cwd`: where relative globs begin.
 */
void suppress_apply(struct arena *arena, const struct suppressions *rules, const char *cwd, struct report *report);
/*
 * Takes out what was made through none of the functions, files and modules that match `globs` (NULL-terminated), as hidden by one more
 * rule, "--only-frames". No globs: nothing.
 */
void suppress_all_but(struct arena *arena, const char *const *globs, const char *cwd, struct suppressions *rules,
		      struct report *report);
/* Takes out the pages for which `hides` says so, as hidden by one more rule, `text`, if there are any. */
void suppress_pages(struct arena *arena, const char *text, bool (*hides)(const void *context, const struct page *page),
		    const void *context, struct suppressions *rules, struct report *report);
/* For what else hides findings: one more rule, which matches nothing by itself; and a finding taken out of the totals by it. */
struct suppression *suppress_add(struct arena *arena, struct suppressions *rules, const char *text);
/* After that: `left` findings are in front of the report's list, and these are its rules. */
void suppress_left(struct report *report, size_t left, const struct suppressions *rules);
void suppress_hide_all(struct report *report, const struct finding *finding, struct suppression *rule);

#endif
