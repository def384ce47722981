/*
 * model.h - what the parts of the report hand to one another: a journal as read, and a report as judged.
 *
 * journal bytes --read--> struct journal --verdict--> struct page[] --group--> struct finding[] --render--> text, JSON
 *
 * Memory: everything here lives in the run's arena (util.h) and is never freed singly. Strings borrow from the mapped
 * journal or the arena. Nothing here is thread-safe; the report is single-threaded.
 */
#ifndef PAGELEAK_MODEL_H
#define PAGELEAK_MODEL_H

#include "format.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- bytes that may hold anything; `at` need not end in NUL ---- */
struct text {
	const char *at;
	size_t size;
};

/*
 * ---- one table of verdicts: name as in JSON, does `check` fail on it by default, which of its pages make findings that count,
 * meaning. Order is report order ----
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

/* NONE: listed on request, and alarms nobody. COLLECTED: what it took Python's collector to release, for who asks about that. */
enum verdict_counting { COUNTS_ALL, COUNTS_COLLECTED, COUNTS_NONE };

enum verdict {
#define X(id, name, fails, counts, meaning) VERDICT_##id,
	VERDICT_TABLE(X)
#undef X
		VERDICT_COUNT
};
/* Names as in JSON, by enum verdict, NULL last. In util.c. */
extern const char *const verdict_names[VERDICT_COUNT + 1];
extern const enum verdict_counting verdict_counts[VERDICT_COUNT];

enum judged { JUDGED_NOT, JUDGED_PATTERN, JUDGED_TEMP_ROOT, JUDGED_TEMP_API, JUDGED_MIXED_SITE, JUDGED_UNATTRIBUTED };

enum phase { PHASE_RUNNING, PHASE_COLLECTOR, PHASE_AFTER_SCOPE, PHASE_EXIT, PHASE_FINALIZATION };

/* ---- processes: one per process image or forked child that made a record, and one per unaudited exec ---- */
struct process {
	uint32_t number; /* as in the journal; 0 for one that never said hello */
	uint32_t pid, ppid;
	uint32_t uid; /* effective, when it was first seen; unaudited: of what started it */
	bool uid_known;
	struct process *parent; /* the image or process that it came from; NULL unknown */
	struct process *before; /* the image that exec replaced by this one (same pid); NULL none */
	struct text exe;        /* resolved path; "" unknown */
	bool named;             /* exe may still lead through symlinks */
	struct text *argv;
	size_t argc;
	struct text tmpdir, scope;     /* in its environment when it began; "" none */
	uint64_t started_ns, ended_ns; /* ended 0: unknown or still running */
	uint64_t exit_begun_ns;        /* 0: no sign of it */
	int status;                    /* exit status; -1 unknown (killed, or gone without a word) */
	int signal;                    /* that killed it; 0 none, or not known */
	bool ended_cleanly;            /* a record says that it ended by itself */
	bool at_once;                  /* it ended by _exit */
	bool replaced;                 /* ended by exec: the next image goes on */
	bool audited;
	bool unseen;            /* a first image: it, or one that replaced it, was not audited */
	const char *reason;     /* unaudited: why, as for coverage.unaudited[].reason */
	bool forked;            /* a copy of `parent`; shares its modules */
	bool session;           /* it left its parent's session */
	bool asked;             /* its interpreter was asked: --why */
	uint32_t copies;        /* audited processes forked from it */
	struct process *heir;   /* the image after exec, or the child that a daemon's start left; NULL none */
	uint32_t exec_flags;    /* unaudited: EXEC_* of the call */
	struct module *modules; /* mapped by it, by time */
	size_t module_count;
	struct scope_change *scopes; /* by time */
	size_t scope_count;
	struct root_change *roots; /* its own changes of its root directory, by time */
	size_t root_count;
	const struct root_change *root_before; /* what held when it began; NULL none */
	bool root_looked_up;
};

/* ---- stacks, as in the journal ---- */
struct stack {
	struct process *process; /* whose address space */
	uint64_t time_ns;
	const uint64_t *addresses; /* return addresses, innermost first */
	uint32_t count;
	bool cut;
};

struct python_code {
	struct text function, file, argument; /* argument: name of the first one, "" none */
	int first_line;
	uint64_t key; /* hash of function and file */
};

struct python_frame {
	const struct python_code *code; /* never NULL */
	int line;                       /* 0 unknown */
};

struct python_stack {
	struct python_frame *frames;
	uint32_t count;
	uint32_t
		runner; /* of the outermost of unittest's frames the innermost: what it called is a test or its set-up; `count` none */
	uint64_t key; /* hash of functions, files and lines: equal stacks of any process have equal keys */
};

/* ---- what held a page's owner: --why ---- */
enum cause_kind {
#define X(number, id, name) CAUSE_##id = number,
	JOURNAL_WHY_TABLE(X)
#undef X
		CAUSE_COLLECTED /* by Python's collector only: no interpreter says so, the report concludes it */
};

/* One answer of the interpreter's (a WHY record), or what the report concludes by itself. */
struct cause {
	enum cause_kind kind;
	struct text detail, advice; /* advice "" none */
	struct text *chain;         /* the object, what holds it, what holds that ... */
	size_t chain_count;
	bool asked, alive; /* asked: the interpreter said so; alive: the object was there then */
	uint8_t moment;    /* MOMENT_*; 0 the report's own */
	/* where it belongs */
	uint64_t event; /* offset of the EVENT; 0: by object */
	const struct process *process;
	uint64_t object, time_ns;
};

/* ---- events ---- */
struct object {
	uint64_t address;
	struct text type;
	uint32_t frame;
};

/* What only RENAMED and LINKED have. */
struct event_move {
	struct text base2, path2;
	struct identity replaced; /* with EVENT_REPLACED */
	uint32_t replaced_links, replaced_mode;
};

struct event {
	uint8_t kind; /* EVENT_MADE ... */
	uint8_t object_count;
	uint16_t flags, api, mode;
	uint32_t links, tid;
	uint64_t time_ns;
	uint64_t offset; /* in the journal: ties are broken by it */
	struct identity page;
	struct process *process;           /* never NULL */
	const struct stack *native;        /* NULL none */
	const struct python_stack *python; /* NULL none */
	struct text base, path, scope;
	const struct object *objects;
	const struct event_move *move; /* NULL none */
};

/* ---- pages ---- */
enum page_kind {
	PAGE_FILE,
	PAGE_DIRECTORY,
	PAGE_SYMLINK,
	PAGE_FIFO,
	PAGE_SOCKET,
	PAGE_DEVICE,
	PAGE_SHM,
	PAGE_SEMAPHORE
};

/* What is known of a page that nobody audited made. */
enum { STRANGER_DOUBTS = 32 };
struct stranger {
	uint64_t born_ns;
	uint32_t uid;                /* its owner on disk */
	struct text top;             /* the highest of those that it lies in, or itself */
	uint64_t key;                /* equal for what belongs together: user, programs, the top's template */
	const struct doubt **doubts; /* what was not seen when it was born, the latest first */
	size_t doubt_count;          /* of which at most STRANGER_DOUBTS are listed */
};

/* A living process that has a page without a name open or mapped. */
struct holder {
	uint32_t pid;
	int descriptor; /* -1: it is mapped */
	struct text exe;
	struct holder *next;
};

/* Of a leaked page: what lies or lay below it, and when its name was removed before it was made again. */
struct below {
	uint64_t left, removed;
	uint64_t removed_before_ns; /* 0: it was not */
};

struct page {
	struct identity identity;
	/* A million of these: small numbers share a word. */
	enum page_kind kind : 8;
	enum verdict verdict : 8;
	enum judged judged : 8;
	enum phase phase : 8;     /* of the release */
	bool exists : 1;          /* lstat at the time of the report says so, and identity agrees */
	const struct event *made; /* NULL: nobody's that was audited; then `stranger` tells more */
	const struct stranger *stranger;
	struct holder *holders;      /* HELD: some of them; else NULL */
	const struct event *release; /* the call that took its last name; NULL none */
	struct text path;            /* absolute; the name that it has or had last */
	struct text renamed_from;    /* its first name if another; "" none */
	uint64_t bytes;              /* st_blocks * 512 while it exists or is held, else 0 */
	struct process *owner;       /* after inheritance: see DESIGN, Words */
	const struct page *top;      /* leaked (late) below a leaked (late) directory: that; NULL not */
	struct below *below;         /* NULL nothing */
};

/* ---- what the report says ---- */
struct frame {
	struct text function; /* demangled; "" unknown */
	struct text file;     /* "" unknown */
	int line;             /* 0 unknown */
	bool inlined;
	struct text module;   /* path; "" unknown (JIT code, unloaded) */
	struct text build_id; /* hex; "" unknown */
	uint64_t offset;      /* in the module's file addresses; the return address minus 1 looked up */
};

struct frames {
	struct frame *at;
	size_t count;
	bool cut;
};

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
	const struct python_stack *python;
	const struct frames *native;
	/* release of the first page that has one; NULL none */
	const struct event *release;
	const struct frames *release_native;
	const char *release_by, *release_trigger; /* see python.h; NULL not known */
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

struct unaudited {
	const struct process *process;
	uint32_t pid;
	struct text exe;
	const char *reason;
};

/* A time in which something of the tree was not seen, and what that was. */
struct doubt {
	const struct process *process; /* NULL: it may have been any */
	const char *reason;
	uint64_t from_ns, to_ns; /* to 0: as long as the audit */
};

/* A process that still ran when the report was made. */
struct running {
	uint32_t pid;
	struct text exe; /* its path, else its short name; "" not known */
};

struct coverage {
	bool complete; /* there is no doubt */
	struct doubt *doubts;
	size_t doubt_count;
	size_t processes, audited; /* audited: each of its images was */
	size_t images,
		images_audited; /* programs: a process has one more with each exec. What the JSON report counts */
	struct unaudited *unaudited;
	size_t unaudited_count;
	uint64_t events_lost;
	struct running *running; /* left by the command when the wait for them was over; then it is not complete */
	size_t running_count;
	const char **limits;
	size_t limit_count, limit_room; /* room: coverage_limit's */
};

struct total {
	uint64_t entries, bytes;
};

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

enum mode { MODE_EXIT, MODE_SNAPSHOT, MODE_POST_MORTEM };

struct suppression;
struct timeline;
struct sources;

/* As an earlier report told of it. */
struct fixed_finding {
	const char *id, *verdict, *made; /* made: "Table.__init__ (table.py:11)"; "" not known */
	struct text template;
	uint64_t entries, bytes;
};

struct report {
	const struct suppression *rules; /* what was not to count: suppress.h */
	size_t rule_count;
	struct finding *known; /* what the baseline has, too: not counted, not among the findings */
	size_t known_count;
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
