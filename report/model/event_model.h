/*
 * event_model.h - changes of names on disk, and the answers of interpreters about the objects that own pages.
 * Data only. Memory: the arena of the run; strings borrow from the mapped journal.
 */
#ifndef PAGELEAK_EVENT_MODEL_H
#define PAGELEAK_EVENT_MODEL_H

#include "base/text.h"
#include "format.h"
#include "model/process_model.h"
#include "model/stack_model.h"

struct process;
struct stack;
struct script_stack;

/* The reason why the owner of a page was still there: --why. */
enum cause_kind {
#define X(number, id, name) CAUSE_##id = number,
	JOURNAL_WHY_TABLE(X)
#undef X
		CAUSE_COLLECTED /* by Python's collector only: the report concludes it, no interpreter says so */
};

/* An answer of an interpreter (a WHY record), or a conclusion of the report. */
struct cause {
	enum cause_kind kind;
	struct text detail, advice; /* advice "" none */
	struct text *chain;         /* the object, its holder, the holder of that ... */
	size_t chain_count;
	bool asked, alive; /* asked: an interpreter answered; alive: the object was there then */
	uint8_t moment;    /* MOMENT_*; 0 for a conclusion of the report */
	/* the page that it is about */
	uint64_t event; /* offset of the EVENT; 0: any page that `object` owned then */
	const struct process *process;
	uint64_t object, time_ns;
};

struct object {
	uint64_t address;
	struct text type;
	uint32_t frame;
};

/* The further parts of RENAMED and LINKED. */
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
	const struct script_stack *script; /* NULL none */
	struct text base, path, scope;
	const struct object *objects;
	const struct event_move *move; /* NULL none */
};

#endif
