/*
 * page_rules.h - what makes an entry a page: the user's patterns, temporary directories, temporary functions. Not its
 * fate.
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

/* A directory for temporary files, by its name in every root directory. */
struct temp_root {
	const char *path;
	bool per_user; /* holds one directory a user, which is called by the user id */
};
enum { TEMP_ROOTS = 4 };
extern const struct temp_root page_rules_temp_roots[TEMP_ROOTS];

struct page_rules;
/* Directories for temporary files count in every root directory of the journal. */
struct page_rules *page_rules_open(const struct journal *journal, struct directory_tree *paths,
				   const struct rules *rules);
void page_rules_close(struct page_rules *judge);

/* `lasting`: the entry no longer has the name that a temporary function gave it. */
enum judged page_rules_path(struct page_rules *judge, const struct event *made, struct text path, bool lasting);
/*
 * Would an entry there be a page, whoever made it? Only of processes that `page_rules_temporary` was told of the TMPDIR
 * counts.
 */
bool page_rules_place(struct page_rules *judge, struct text path);
void page_rules_temporary(struct page_rules *judge, const struct process *process);
/* The user's own rules say that it is none (and `mixed-site` has no say). */
bool page_rules_excludes(const struct page_rules *judge, struct text path);
/* Is it mktemp(1)? */
bool page_rules_by_mktemp(const struct process *process);

#endif
