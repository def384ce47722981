/*
 * process_model.h - the processes of an audit: images, forked children, unaudited programs; their modules, scopes and
 * root directories. Data only. Memory: the arena of the run.
 */
#ifndef PAGELEAK_PROCESS_MODEL_H
#define PAGELEAK_PROCESS_MODEL_H

#include "base/text.h"

/* A process image or forked child that made a record, or an unaudited program. */
struct process {
	uint32_t number; /* as in the journal; 0 for one that never said hello */
	uint32_t pid, ppid;
	uint32_t uid; /* effective, at its start; unaudited: of the process that started it */
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
	int status;                    /* exit status; -1 not known: killed, or ended without a record */
	int signal;                    /* the signal that killed it; 0 none, or not known */
	bool ended_cleanly;            /* a record says that it ended by itself */
	bool at_once;                  /* it ended by _exit */
	bool replaced;                 /* ended by exec: the next image goes on */
	bool audited;
	bool unseen;            /* of a first image: it, or an image that replaced it, was not audited */
	const char *reason;     /* unaudited: the reason, as in coverage.unaudited[].reason */
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
	const struct root_change *root_before; /* the change that held when it began; NULL none */
	bool root_looked_up;
};

struct module {
	uint64_t bias, start, end, time_ns;
	struct text path;
	struct text build_id; /* raw bytes */
};

struct scope_change {
	struct process *process;
	uint64_t time_ns;
	struct text scope; /* "" ended */
};

/* One CHROOT note. */
struct root_change {
	struct process *process;
	uint64_t time_ns;
	struct text
		path; /* the machine's name of it, no slash at the end; "" the machine's root directory, or not known */
	bool known;
};

#endif
