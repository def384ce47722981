/*
 * whereabouts.h - at which of its names a page is: on disk, or as the record alone tells.
 */
#ifndef PAGELEAK_WHEREABOUTS_H
#define PAGELEAK_WHEREABOUTS_H

#include "base/text.h"
#include "judge/page_rules.h"
#include "model/disk_model.h"
#include "replay/directory_tree.h"
#include "replay/replay.h"

struct whereabouts {
	struct page_rules *judge;
	struct directory_tree *paths;
	struct disk *disk; /* NULL: it is not asked */
	bool recorded;     /* where the disk does not tell, a page is where its names on record say */
};

/*
 * For a page whose release is not on record: sets `exists`, `path`, `bytes`. Looks at all names. Of several that exist,
 * one that is no page's name is what matters: the page became an output.
 */
void whereabouts_find(const struct whereabouts *whereabouts, struct tracked *tracked);
/* For one whose release is. When the disk contradicts that, it did not happen. */
void whereabouts_contradict(const struct whereabouts *whereabouts, struct tracked *tracked);
/*
 * Of one that exists: the names but for its path at which it is, too. Each is an entry of its own. Asked one after the
 * other: `at` begins as NULL, and the end is NULL; `path` is set.
 */
const struct name_entry *whereabouts_further(const struct whereabouts *whereabouts, struct tracked *tracked,
					     const struct name_entry *at, struct text *path);
/* The path is not the name that it was made with. */
bool whereabouts_is_lasting(const struct tracked *tracked, struct text path);

#endif
