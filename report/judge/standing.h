/*
 * standing.h - what a page stands for by its names and by the rules: a page that is there, an output, nothing that
 * counts. The part of a verdict that asks neither who owned the page nor what else its site made.
 */
#ifndef PAGELEAK_STANDING_H
#define PAGELEAK_STANDING_H

#include "judge/page_rules.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "replay/replay.h"
#include <stdint.h>

/* From st_mode and the absolute path: shared memory and semaphores are known by their place. */
enum page_kind standing_kind(uint32_t mode, struct text path);

/*
 * Sets `judged`, `kind`, and `renamed_from`, of a page whose `path`, `exists` and `release` are known. VANISHED,
 * ADOPTED, LEAKED or KEPT; RELEASED stands for whatever a release may count as.
 */
enum verdict standing_of(struct page_rules *judge, struct tracked *tracked);
/* The directory of its name could not be told, or the name is longer than the kernel takes: nobody can look there. */
bool standing_is_placeless(const struct tracked *tracked);
/* The kernel makes these, whatever O_CREAT says. */
bool standing_is_kernels(struct text path);
/* The journal's own, which is no page. In its arena. */
struct text standing_journal_path(const struct journal *journal);
/*
 * Left out: what cannot be known, what is as it was before, and what the user's rules say is no page once it is gone.
 * The removal of what is older than the audit is not recorded: where only a name of it was new, nobody can tell who
 * took that.
 */
bool standing_is_left_out(const struct page_rules *judge, const struct tracked *tracked, struct text journal_path);
/* An entry of that name, further to the path. */
enum judged standing_of_name(struct page_rules *judge, const struct tracked *tracked, struct text path);
/*
 * A page by the function that made it: so is whatever it was made for, below it, unless the user's rules say otherwise.
 */
bool standing_is_by_directory(const struct page *directory);

#endif
