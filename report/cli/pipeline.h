/*
 * pipeline.h - from the bytes of a journal to a report. The only file that calls reader, judge and grouping one after
 * the other.
 */
#ifndef PAGELEAK_PIPELINE_H
#define PAGELEAK_PIPELINE_H

#include "base/arena.h"
#include "findings/findings.h"
#include "machine/journal_load.h"
#include "model/report_model.h"
#include "options/options.h"

enum pipeline_mode { PIPELINE_EXIT, PIPELINE_SNAPSHOT, PIPELINE_FROM_JOURNAL, PIPELINE_ENDING };

/*
 * Makes the report on a loaded journal with the rules in `options`. Modes of the report: FROM_JOURNAL: "snapshot" while
 * processes of the audit run here, "exit" when it or all its processes ended, "post-mortem" otherwise. ENDING (the
 * first process is about to end): "snapshot" while others run, "exit" otherwise. Counts only pages made from `since_ns`
 * on (0: all). The report borrows from `arena` and `loaded`. Returns 0, or -1 after a message.
 */
int pipeline_report(struct arena *arena, const struct loaded *loaded, const char *name, const struct options *options,
		    enum pipeline_mode mode, uint64_t since_ns, struct report *out);

/*
 * Loads the journal `name` (`anybodys` as for journal_load) into `loaded`, which the caller releases, and makes the
 * report. Does both again when the last process ended in between: its last records are then in the file.
 */
int pipeline_report_file(struct arena *arena, const char *name, bool anybodys, const struct options *options,
			 enum pipeline_mode mode, uint64_t since_ns, struct loaded *loaded, struct report *out);

#endif
