/*
 * report_model.h - findings, and the whole of a report as renderers get it.
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
	char id[33]; /* hex fingerprint, see group.h */
	enum verdict verdict;
	enum judged judged;
	struct text template; /* e.g. /tmp/page-*.dat */
	struct page **pages;  /* oldest first */
	size_t entries;
	uint64_t bytes;
	uint64_t site_created,
		site_released; /* of that site, over all verdicts; "in time" is verdict RELEASED or ADOPTED */
	struct process *owner;
	uint32_t tid;
	const struct object *object; /* NULL none */
	const char *api;
	bool api_raw; /* by syscall(2) */
	const struct script_stack *script;
	const struct frames *native;
	/* release of the first page that has one; NULL none */
	const struct event *release;
	const struct frames *release_native;
	const char *release_by, *release_trigger; /* see release_way.h; NULL not known */
	enum phase phase;
	bool handled_at_exit; /* late, all of it by exit handlers of the native program that made it, none a destructor */
	const struct cause *cause;       /* NULL none */
	const struct journal *journal;   /* with which cause_find was asked */
	bool object_known, object_alive; /* when the process ended, or its test */
	struct text *scopes;
	size_t scope_count;
	const struct stranger *stranger; /* of its last page; NULL: it has an owner */
	size_t tops;                     /* pages that are not below another one of the finding */
	struct below below;              /* of all of them; removed_before_ns the last */
	const struct finding *
		filler; /* the place that made most of what is left below: its stacks, owner and entries; NULL: none did, or the same */
};

struct total {
	uint64_t entries, bytes;
};

enum mode { MODE_EXIT, MODE_SNAPSHOT, MODE_POST_MORTEM };

/* As an earlier report told of it. */
struct fixed_finding {
	const char *id, *verdict, *made; /* made: "Table.__init__ (table.py:11)"; "" not known */
	struct text template;
	uint64_t entries, bytes;
};

struct report {
	const struct suppression *rules; /* what was not to count: suppress.h */
	size_t rule_count;
	struct finding *baselined; /* what the baseline has, too: not counted, not among the findings */
	size_t baselined_count;
	const struct fixed_finding *fixed; /* what the baseline has and this report has not */
	size_t fixed_count;
	struct text *command;
	size_t command_count;
	struct text cwd, host;
	struct text root;              /* of the repository in which the audit was started; without one, cwd */
	uint64_t started_ns, ended_ns; /* ended 0: not known to have ended */
	enum mode mode;
	struct ending ending;
	bool has_status;
	int wait_status;
	struct coverage coverage;
	struct total totals[VERDICT_COUNT];
	struct total collected; /* of `released`: only by Python's collector */
	size_t site_count;
	struct process **processes;
	size_t process_count;
	struct text *tests; /* that made pages, each once: scopes without phase */
	size_t test_count;
	struct finding *findings; /* worst first: by verdict's order, then bytes, then entries */
	size_t finding_count;
	const struct timeline *timeline; /* timeline.h; NULL: not asked for */
	const struct sources *sources;   /* source.h; NULL: not asked for */
};

#endif
