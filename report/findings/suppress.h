/*
 * suppress.h - hides findings by the user's suppression rules, and files that programs leave by design.
 *
 * One rule a line, comments begin with `#`, as in LSan and valgrind:
 *   leak:PATTERN       a function, source file or module of either stack contains it (`*` any bytes, `^` the start, `$` the end)
 *   path:GLOB          the page's path, or that of the leaked directory it is shown with; a glob as of --pages
 *   process:PATTERN    the program that made it, by path or arguments, as in `leak`
 *   scope:PATTERN      the test or scope it was made in
 *   frames: a; ...; b  functions that call one another, innermost first, anywhere in either stack; `...` any frames between;
 *                      `a in FILE`: in a source file of that name or path, also a pattern
 * `max=N` behind a rule: it hides at most N entries.
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
		patterns; /* ends with NULL; one, but for FRAMES ("" is `...`) and by_design (the path, all below it) */
	const char **files; /* FRAMES: for each of `patterns` that of the source file; NULL any */
	uint64_t max;       /* 0: no limit */
	size_t tail_size;   /* by_design: the literal beginning of the glob's last component, and its size */
	const char *tail;
	const char *by_design; /* "PROGRAM: why it leaves the file"; NULL: a rule of the user's */
	struct total hidden;
};

struct suppressions {
	struct suppression *at;
	size_t count, room;
};

/* Adds the rules in `size` bytes; messages call them `name`. Returns 0, or -1 after a message with the line. */
int suppress_parse(struct arena *arena, const char *bytes, size_t size, const char *name, struct suppressions *out);
/* Adds the rules in files (ends with NULL). Returns 0, or -1 after a message. */
int suppress_load(struct arena *arena, const char *const *files, struct suppressions *out);
/* Adds the rules of left_by_design.def. */
void suppress_left_by_design(struct arena *arena, struct suppressions *out);

/*
 * Removes pages that rules hide from the report's findings and totals, and stores the rules in it. Rules of
 * left_by_design.def hide no page that --pages names. Relative globs begin at `cwd`.
 */
void suppress_apply(struct arena *arena, const struct suppressions *rules, const char *cwd, struct report *report);
/*
 * Removes findings whose stacks have no function, file or module that matches `globs` (ends with NULL), as hidden by
 * one more rule, "--only-frames". Does nothing without globs.
 */
void suppress_all_but(struct arena *arena, const char *const *globs, const char *cwd, struct suppressions *rules,
		      struct report *report);
/*
 * Removes the pages for which `hides` returns true, as hidden by one more rule, `text`, which is added if there are
 * any.
 */
void suppress_pages(struct arena *arena, const char *text, bool (*hides)(const void *context, const struct page *page),
		    const void *context, struct suppressions *rules, struct report *report);
/*
 * Adds a rule that matches nothing by itself, for other code that hides findings. Valid until the next rule is added.
 */
struct suppression *suppress_add(struct arena *arena, struct suppressions *rules, const char *text);
/* Takes the finding's pages out of the totals and counts them for the rule. */
void suppress_hide_all(struct report *report, const struct finding *finding, struct suppression *rule);
/* Cuts the report's list to its first `left` findings and stores the rules in the report. */
void suppress_left(struct report *report, size_t left, const struct suppressions *rules);

#endif
