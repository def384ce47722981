/*
 * pipeline.h - from a journal's bytes to a report. The one place that calls read, verdict and group one after the other.
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
 * Judges what `loaded` holds by the rules in `options`. FROM_JOURNAL: "snapshot" while processes of it live here, "exit" when the
 * audit ended or all its processes did, else "post-mortem". ENDING: the first process is about to be gone: "snapshot" while others live, else
 * "exit". `since_ns`: only pages made
 * from then on count, 0 all. The report borrows from `arena` and `loaded`. Returns 0, or -1 after a message.
 */
int pipeline_report(struct arena *arena, const struct loaded *loaded, const char *name, const struct options *options,
		    enum pipeline_mode mode, uint64_t since_ns, struct report *out);

/*
 * The same of the journal `name` (`anybodys` as for journal_load), which is loaded into `loaded`, the caller's to unload. Done again when the last
 * process ended while it was read: that it left no word would not be true.
 */
int pipeline_report_file(struct arena *arena, const char *name, bool anybodys, const struct options *options,
			 enum pipeline_mode mode, uint64_t since_ns, struct loaded *loaded, struct report *out);

#endif
