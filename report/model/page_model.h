/*
 * page_model.h - a page: an entry on disk that came into being during the audit, and what became of it.
 * Data only. Memory: the arena of the run.
 */
#ifndef PAGELEAK_PAGE_MODEL_H
#define PAGELEAK_PAGE_MODEL_H

#include "base/text.h"
#include "format.h"
#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"

struct doubt;
struct event;
struct process;

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

struct pages {
	struct page **at;
	size_t count;
	size_t placeless; /* left out: made where nobody knows, and not seen to go */
};

#endif
