/*
 * baseline.h - an earlier JSON report as the measure: what was in it is not to count again, what is no longer there is fixed.
 * Findings are told by their ids, which survive rebuilds, other machines and changed lines.
 */
#ifndef PAGELEAK_BASELINE_H
#define PAGELEAK_BASELINE_H

#include "base/arena.h"
#include "base/text.h"
#include "findings/suppress.h"
#include "model/report_model.h"

struct baseline_finding {
	const char *id, *verdict;
	const char *made; /* "Table.__init__ (table.py:11)"; "" not known */
	struct text template;
	uint64_t entries, bytes;
	size_t number; /* the place that it had in its report: the worst come first */
	bool met;      /* in the present report, too */
};

struct baseline {
	const char *path;
	struct baseline_finding *at; /* by id */
	size_t count;
	bool complete; /* so was its audit */
};

/* Leaves out what only Python's collector released: it has no place in a comparison. */
void baseline_drop_collected(struct baseline *baseline);
/* By id; the worst of one id first, as they came. */
void baseline_sort(struct baseline *baseline);

/* Reads a report of schema pageleak-report/1: hostile input. 0, or -1 after a message. What is on disk by intent (kept, adopted) is
   left out. `refusal`: what a message says of a file that is something else. */
int baseline_read(struct arena *arena, const char *path, const char *refusal, struct baseline *out);
/* The same for --baseline. */
int baseline_load(struct arena *arena, const char *path, struct baseline *out);
/*
 * Has it a finding of that id with that verdict or a worse one? What was late and has now leaked is news. For one that is sorted.
 */
bool baseline_covers(const struct baseline *baseline, const char *id, const char *verdict);
/*
 * Puts findings that the baseline covers from the report's list into report->baselined, as hidden by one more rule, "baseline:PATH"; marks
 * what it met. The rest is report->fixed.
 */
void baseline_apply(struct arena *arena, struct baseline *baseline, struct suppressions *rules, struct report *report);

#endif
