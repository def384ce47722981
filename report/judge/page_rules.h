/*
 * page_rules.h - decides whether an entry is a page: by the user's patterns, temporary directories and temporary
 * functions. Does not ask what became of it.
 */
#ifndef PAGELEAK_PAGE_RULES_H
#define PAGELEAK_PAGE_RULES_H

#include "base/text.h"
#include "model/disk_model.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "replay/directory_tree.h"

/* A directory for temporary files; its path counts in every root directory. */
struct temp_root {
	const char *path;
	bool per_user; /* has a directory for each user, whose name is the user id */
};
enum { TEMP_ROOTS = 4 };
extern const struct temp_root page_rules_temp_roots[TEMP_ROOTS];

struct page_rules;
/*
 * Resolves the rules. Directories for temporary files count in every root directory of the journal. Borrows all; memory
 * is the journal's arena.
 */
struct page_rules *page_rules_open(const struct journal *journal, struct directory_tree *paths,
				   const struct rules *rules);
/* Frees the table; the rest is the arena's. */
void page_rules_close(struct page_rules *judge);

/*
 * Why an entry that `made` made is a page under this path; JUDGED_NOT: it is none. `lasting`: the path is not the one
 * that it was made with.
 */
enum judged page_rules_path(struct page_rules *judge, const struct event *made, struct text path, bool lasting);
/*
 * Would an entry there be a page, whichever process made it? Of TMPDIRs only those count that page_rules_temporary has
 * added.
 */
bool page_rules_place(struct page_rules *judge, struct text path);
/* Adds the TMPDIR of a process. */
void page_rules_temporary(struct page_rules *judge, const struct process *process);
/* Do the user's own rules say that it is no page? Then `mixed-site` does not make it one either. */
bool page_rules_excludes(const struct page_rules *judge, struct text path);
/* Does the process run mktemp(1)? */
bool page_rules_by_mktemp(const struct process *process);

#endif
