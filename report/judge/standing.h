/*
 * standing.h - judges a page by its names and the rules alone: does it count, is it an output? This is the part of a
 * verdict that asks neither who owned the page nor what else its site made, so that the report and the live view share
 * it.
 */
#ifndef PAGELEAK_STANDING_H
#define PAGELEAK_STANDING_H

#include "judge/page_rules.h"
#include "model/page_model.h"
#include "model/verdicts.h"
#include "replay/replay.h"
#include <stdint.h>

/* The kind of an entry by its st_mode and absolute path: shared memory and semaphores lie in /dev/shm. */
enum page_kind standing_kind(uint32_t mode, struct text path);

/*
 * Sets `judged`, `kind` and `renamed_from` of a page whose `path`, `exists` and `release` are known. Returns VANISHED,
 * ADOPTED, LEAKED or KEPT, or RELEASED for any release, be it late or foreign (owner.h).
 */
enum verdict standing_of(struct page_rules *judge, struct tracked *tracked);
/* Is it impossible to look for the page, for its directory is not known, or its path longer than the kernel takes? */
bool standing_is_placeless(const struct tracked *tracked);
/* Does the kernel make the file (/proc, /sys), whatever O_CREAT says? */
bool standing_is_kernels(struct text path);
/* The absolute path of the journal itself, which is no page. The journal's arena owns it, or the name is borrowed. */
struct text standing_journal_path(const struct journal *journal);
/*
 * Does the page count as nothing: it cannot be looked for, is as it was before the audit, is gone and no page by the
 * user's rules, or is the kernel's or the journal? Also if only its name was new and that is gone: removals of inodes
 * older than the audit are not recorded, so that nobody can tell who removed it.
 */
bool standing_is_left_out(const struct page_rules *judge, const struct tracked *tracked, struct text journal_path);
/* How the page is judged under another of its names. */
enum judged standing_of_name(struct page_rules *judge, const struct tracked *tracked, struct text path);
/*
 * Is it a leaked directory that is a page by the function that made it (mkdtemp)? Then all below it are pages, but for
 * the user's rules.
 */
bool standing_is_by_directory(const struct page *directory);

#endif
