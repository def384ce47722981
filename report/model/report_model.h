/*
 * report_model.h - findings, and the report as renderers get it.
 * Data only. Memory: the arena of the run.
 */
#ifndef PAGELEAK_REPORT_MODEL_H
#define PAGELEAK_REPORT_MODEL_H

#include "base/text.h"
#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"

struct cause;
struct frames;
struct journal;
struct object;
struct script_stack;
struct sources;
struct suppression;
struct timeline;

struct finding {
	char id[33]; /* hexadecimal, see fingerprint.h */
	enum verdict verdict;
	enum judged judged;
	struct text template; /* e.g. /tmp/page-*.dat */
	struct page **pages;  /* oldest first */
	size_t entries;
	uint64_t bytes;
	uint64_t site_created, site_released; /* all pages of the creation site, and those RELEASED or ADOPTED */
	struct process *owner;
	uint32_t tid;
	const struct object *object; /* NULL none */
	const char *api;
	bool api_raw; /* by syscall(2) */
	const struct script_stack *script;
	const struct frames *native;
	/* the release of the first page that has one; NULL none */
	const struct event *release;
	const struct frames *release_native;
	const char *release_by, *release_trigger; /* see release_way.h; NULL unknown */
	enum phase phase;
	bool handled_at_exit; /* LATE, all of it released by atexit handlers of the native program that made it, none by a destructor */
	const struct cause *cause;       /* NULL none */
	const struct journal *journal;   /* the argument of cause_find */
	bool object_known, object_alive; /* at the end of the process, or of its test */
	struct text *scopes;
	size_t scope_count;
	const struct stranger *stranger; /* of its last page; NULL: an audited process made it */
	size_t tops;                     /* pages that do not lie below another one of the finding */
	struct below below;              /* sums of all pages; removed_before_ns: the latest */
	const struct finding *
		filler; /* the site that made most entries below, with its stacks, owner and entries; NULL: none, or the same site */
};

struct total {
	uint64_t entries, bytes;
};

enum mode { MODE_EXIT, MODE_SNAPSHOT, MODE_POST_MORTEM };

/* A finding of an earlier report that is gone. */
struct fixed_finding {
	const char *id, *verdict, *made; /* made: "Table.__init__ (table.py:11)"; "" unknown */
	struct text template;
	uint64_t entries, bytes;
};

struct report {
	const struct suppression *rules; /* suppression rules: suppress.h */
	size_t rule_count;
	struct finding *baselined; /* findings that the baseline has, too: neither counted nor in `findings` */
	size_t baselined_count;
	const struct fixed_finding *fixed; /* findings of the baseline that this report does not have */
	size_t fixed_count;
	struct text *command;
	size_t command_count;
	struct text cwd, host;
	struct text root;              /* of the repository in which the audit was started; otherwise cwd */
	uint64_t started_ns, ended_ns; /* ended 0: unknown */
	enum mode mode;
	struct ending ending;
	bool has_status;
	int wait_status;
	struct coverage coverage;
	struct total totals[VERDICT_COUNT];
	struct total collected; /* those of `totals` RELEASED by a garbage collector only */
	size_t site_count;
	struct process **processes;
	size_t process_count;
	struct text *tests; /* names of tests that made pages, each once: scopes without phase */
	size_t test_count;
	struct finding *findings; /* worst first: by verdict's order, then bytes, then entries */
	size_t finding_count;
	const struct timeline *timeline; /* timeline.h; NULL: no format needs it */
	const struct sources *sources;   /* source_lines.h; NULL: no format needs it */
};

#endif
