/*
 * page_model.h - a page: a file, directory or other entry on disk that was created during the audit, and what became of
 * it. Data only. Memory: the arena of the run.
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

/* What is known of a page that no audited process made. */
enum { STRANGER_DOUBTS = 32 };
struct stranger {
	uint64_t born_ns;
	uint32_t uid;    /* owner of the file */
	struct text top; /* the highest such directory that it lies in, or itself */
	uint64_t key;    /* equal for pages that belong together: same user, programs and template of `top` */
	const struct doubt **doubts; /* unaudited times in which it was created, the latest first */
	size_t doubt_count;          /* at most STRANGER_DOUBTS of these are listed */
};

/* A living process that has a page open or mapped that has no name any more. */
struct holder {
	uint32_t pid;
	int descriptor; /* -1: mapped */
	struct text exe;
	struct holder *next;
};

/* Of a leaked page: numbers of entries left and removed below it. */
struct below {
	uint64_t left, removed;
	uint64_t removed_before_ns; /* when an earlier entry of its name was removed; 0: there was none */
};

struct page {
	struct identity identity;
	/* There may be a million pages: small members share a word. */
	enum page_kind kind : 8;
	enum verdict verdict : 8;
	enum judged judged : 8;
	enum phase phase : 8;     /* of the release */
	bool exists : 1;          /* lstat found it when the report was made, with the same identity */
	const struct event *made; /* NULL: no audited process made it; then `stranger` is set */
	const struct stranger *stranger;
	struct holder *holders;      /* of HELD pages: some of the holders */
	const struct event *release; /* the call that removed its last name; NULL none */
	struct text path;            /* absolute; its present or last name */
	struct text renamed_from;    /* its first name, if it was renamed; "" not */
	uint64_t bytes;              /* st_blocks * 512 if it exists or is held, otherwise 0 */
	struct process *owner;  /* the process that was to release it: its maker, or one that took it over (owner.h) */
	const struct page *top; /* the leaked (late) directory that this leaked (late) page lies below; NULL none */
	struct below *below;    /* NULL: nothing is below it */
};

struct pages {
	struct page **at;
	size_t count;
	size_t placeless; /* pages left out, because their directory is unknown and no removal was recorded */
};

#endif
