/*
 * gate.h - whether a report fails. Decides from totals alone; says nothing and ends nothing.
 */
#ifndef PAGELEAK_GATE_H
#define PAGELEAK_GATE_H

#include "base/arena.h"
#include "model/report_model.h"
#include "model/verdicts.h"

struct options;

struct gate {
	bool fails[VERDICT_COUNT];
	bool collector; /* what only Python's collector released fails, too */
	bool fixed;     /* findings of the baseline that are no more fail, too */
	bool wanted;    /* anything is to be judged at all */
};

/*
 * By --fail-on (names of verdicts, and "collector", separated by commas; without it `check` fails on what VERDICT_TABLE does, and other
 * commands on nothing) and --fail-on-fixed. Returns 0, or -1 after a message.
 */
int gate_parse(struct arena *arena, const struct options *options, struct gate *out);

/* Is it one that fails the gate? NULL or a gate that is not wanted: leaked and late are. */
bool gate_fails_finding(const struct gate *gate, const struct finding *finding);

/* Does a finding of a verdict of that name fail it? An unknown name does not. */
bool gate_fails_verdict(const struct gate *gate, const char *verdict);

/* What --fail-on takes: the verdicts, and "collector"; ends with NULL. */
extern const char *const gate_names[];

enum gate_result { GATE_PASSED, GATE_FAILED, GATE_INCOMPLETE };
/* INCOMPLETE: nothing was found, but not everything was seen. */
enum gate_result gate_judge(const struct gate *gate, const struct report *report);

#endif
