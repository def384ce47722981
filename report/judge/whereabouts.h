/*
 * whereabouts.h - finds out at which of its names a page is: on disk, or by the record alone.
 */
#ifndef PAGELEAK_WHEREABOUTS_H
#define PAGELEAK_WHEREABOUTS_H

#include "base/text.h"
#include "judge/page_rules.h"
#include "model/disk_model.h"
#include "replay/directory_tree.h"
#include "replay/replay.h"

/* Borrows all. */
struct whereabouts {
	struct page_rules *judge;
	struct directory_tree *paths;
	struct disk *disk; /* NULL: it is not asked */
	bool recorded;     /* a page that the disk does not show exists at the names that are recorded */
};

/*
 * Sets `exists`, `path` and `bytes` of a page whose release is not recorded. Looks at all its names. If several exist,
 * `path` is one that the rules do not make a page, if there is one: the page became an output.
 */
void whereabouts_find(const struct whereabouts *whereabouts, struct tracked *tracked);
/* Takes back the recorded release of a page that is on disk all the same, and sets `exists`, `path` and `bytes`. */
void whereabouts_contradict(const struct whereabouts *whereabouts, struct tracked *tracked);
/*
 * Returns the next name behind `at` (NULL: from the first on), other than its path, at which a page exists, and sets
 * `path`; NULL at the end. Each such name is an entry of its own. Only for pages that exist.
 */
const struct name_entry *whereabouts_further(const struct whereabouts *whereabouts, struct tracked *tracked,
					     const struct name_entry *at, struct text *path);
/* Is the path another one than the page was made with? */
bool whereabouts_is_lasting(const struct tracked *tracked, struct text path);

#endif
