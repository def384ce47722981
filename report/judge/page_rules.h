/*
 * page_rules.h - what makes an entry a page: the user's patterns, temporary directories, temporary functions. Not its fate.
 */
#ifndef PAGELEAK_JUDGE_H
#define PAGELEAK_JUDGE_H

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

struct judge;
/* Directories for temporary files count in every root directory of the journal. */
struct judge *judge_open(const struct journal *journal, struct paths *paths, const struct rules *rules);
void judge_close(struct judge *judge);

/* `lasting`: the entry no longer has the name that a temporary function gave it. */
enum judged judge_path(struct judge *judge, const struct event *made, struct text path, bool lasting);
/* Would an entry there be a page, whoever made it? Only of processes that `judge_temporary` was told of the TMPDIR counts. */
bool judge_place(struct judge *judge, struct text path);
void judge_temporary(struct judge *judge, const struct process *process);
/* The user's own rules say that it is none (and `mixed-site` has no say). */
bool judge_excludes(const struct judge *judge, struct text path);
/* Is it mktemp(1)? */
bool judge_by_mktemp(const struct process *process);

#endif
