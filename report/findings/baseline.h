/*
 * baseline.h - compares a report with an earlier JSON report: findings of the earlier one do not count again, those
 * that are gone are fixed. Findings are matched by id, which survives rebuilds, other machines and changed lines.
 */
#ifndef PAGELEAK_BASELINE_H
#define PAGELEAK_BASELINE_H

#include "base/arena.h"
#include "base/text.h"
#include "findings/suppress.h"
#include "model/report_model.h"

struct baseline_finding {
	const char *id, *verdict;
	const char *made; /* "Table.__init__ (table.py:11)"; "" unknown */
	struct text template;
	uint64_t entries, bytes;
	size_t number; /* its index in that report, which has the worst first */
	bool met;      /* the present report has it, too */
};

struct baseline {
	const char *path;
	struct baseline_finding *at; /* sorted by id */
	size_t count;
	bool complete; /* its audit was complete */
};

/* Removes findings that only the garbage collector released: when it runs is chance. */
void baseline_drop_collected(struct baseline *baseline);
/* Sorts by id; findings with one id keep their order, the worst first. */
void baseline_sort(struct baseline *baseline);

/*
 * Reads a report of schema pageleak-report/1, which may be hostile, without kept and adopted files. Returns 0, or -1
 * after a message; for a file of another kind the message contains `refusal`.
 */
int baseline_read(struct arena *arena, const char *path, const char *refusal, struct baseline *out);
/* Does the same for --baseline, with its message. */
int baseline_load(struct arena *arena, const char *path, struct baseline *out);
/*
 * Does the sorted baseline have a finding of that id with that verdict or a worse one? A finding that was late and has
 * now leaked is new.
 */
bool baseline_covers(const struct baseline *baseline, const char *id, const char *verdict);
/*
 * Moves findings that the baseline covers from the report's list to report->baselined, as hidden by one more rule,
 * "baseline:PATH". Stores findings of the baseline that the report does not have in report->fixed.
 */
void baseline_apply(struct arena *arena, struct baseline *baseline, struct suppressions *rules, struct report *report);

#endif
