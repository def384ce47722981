/*
 * verdicts.h - the tables of what may become of a page and of how a program may end, and why a file counts as a page.
 * Names reach the JSON report: they stay.
 */
#ifndef PAGELEAK_VERDICTS_H
#define PAGELEAK_VERDICTS_H

#include <stdbool.h>

/*
 * ---- one table of verdicts: name as in JSON, does `check` fail on it by default, which of its pages make findings
 * that count, meaning. Order is report order ----
 */
#define VERDICT_TABLE(X)                                                                                               \
	X(LEAKED, "leaked", true, ALL, "still on disk when the last audited process ended")                            \
	X(HELD, "held", false, ALL, "name gone, space still held by a descriptor or mapping")                          \
	X(LATE, "late", false, ALL, "released only while its owner shut down, or after its scope")                     \
	X(FOREIGN, "foreign", false, ALL,                                                                              \
	  "released by a process that is not its owner nor started by its living owner")                               \
	X(VANISHED, "vanished", false, ALL, "gone from disk, and nothing audited released it")                         \
	X(ADOPTED, "adopted", false, NONE, "moved to a lasting name: it became an output")                             \
	X(RELEASED, "released", false, COLLECTED, "released by its owner while running")                               \
	X(KEPT, "kept", false, NONE, "still on disk, and nothing says that it is a page")

/*
 * NONE: listed on request, and alarms nobody. COLLECTED: what it took Python's collector to release, for who asks about
 * that.
 */
enum verdict_counting { COUNTS_ALL, COUNTS_COLLECTED, COUNTS_NONE };

enum verdict {
#define X(id, name, fails, counts, meaning) VERDICT_##id,
	VERDICT_TABLE(X)
#undef X
		VERDICT_COUNT
};
/* Names as in JSON, by enum verdict, NULL last. */
extern const char *const verdict_names[VERDICT_COUNT + 1];
extern const enum verdict_counting verdict_counts[VERDICT_COUNT];

enum judged { JUDGED_NOT, JUDGED_PATTERN, JUDGED_TEMP_ROOT, JUDGED_TEMP_API, JUDGED_MIXED_SITE, JUDGED_UNATTRIBUTED };

enum phase { PHASE_RUNNING, PHASE_COLLECTOR, PHASE_AFTER_SCOPE, PHASE_EXIT, PHASE_FINALIZATION };

/* ---- how the program ended: name as in JSON, what it means ---- */
#define ENDING_TABLE(X)                                                                                                \
	X(CLEAN, "clean", "it ended by itself")                                                                        \
	X(CRASHED, "crashed", "a fault or abort ended it")                                                             \
	X(KILLED, "killed", "it ended without a word: SIGKILL, another signal that it did not handle, or a crash")     \
	X(LOST, "lost", "the machine went down")                                                                       \
	X(UNKNOWN, "unknown",                                                                                          \
	  "nothing of the first process reached the journal, or none of its end and it ran elsewhere")                 \
	X(RUNNING, "running", "it still runs")

enum ending_kind {
#define X(id, name, meaning) ENDING_##id,
	ENDING_TABLE(X)
#undef X
};

struct ending {
	enum ending_kind kind;
	int signal; /* 0 none, or not known */
};

#endif
