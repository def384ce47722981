/*
 * gate.h - decides whether a report fails, by its totals. Prints nothing.
 */
#ifndef PAGELEAK_GATE_H
#define PAGELEAK_GATE_H

#include "base/arena.h"
#include "model/report_model.h"
#include "model/verdicts.h"

struct options;

struct gate {
	bool fails[VERDICT_COUNT];
	bool collector; /* fail on pages that only the garbage collector released */
	bool fixed;     /* fail on findings of the baseline that are gone */
	bool wanted;    /* the command has a gate */
};

/*
 * Fills the gate from --fail-on (names of verdicts and "collector", separated by commas; by default `check` fails on
 * the verdicts that VERDICT_TABLE marks, other commands on none) and --fail-on-fixed. Returns 0, or -1 after a message.
 */
int gate_parse(struct arena *arena, const struct options *options, struct gate *out);

/* Does the finding fail the gate? Without a gate (NULL, or not wanted) leaked and late ones do. */
bool gate_fails_finding(const struct gate *gate, const struct finding *finding);

/* Does a finding with the verdict of that name fail the gate? False for an unknown name. */
bool gate_fails_verdict(const struct gate *gate, const char *verdict);

/* The words of --fail-on: verdicts and "collector"; ends with NULL. */
extern const char *const gate_names[];

enum gate_result { GATE_PASSED, GATE_FAILED, GATE_INCOMPLETE };
/* INCOMPLETE: nothing fails, but the audit did not see everything. */
enum gate_result gate_judge(const struct gate *gate, const struct report *report);

#endif
