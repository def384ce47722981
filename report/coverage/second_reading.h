/*
 * second_reading.h - re-reads a growing journal after the check of the disk, and drops findings that later records
 * explain (races of a snapshot with running programs).
 */
#ifndef PAGELEAK_SECOND_READING_H
#define PAGELEAK_SECOND_READING_H

#include "machine/journal_load.h"
#include "model/journal_model.h"
#include "model/page_model.h"

/* Is there anything that a second reading could explain? */
bool second_reading_is_wanted(const struct journal *journal, const struct pages *pages);

/*
 * Reads the journal `name` again, a moment after it was read as `journal`. NULL when it cannot be read or is another
 * journal now. The result borrows from `loaded`, which the caller releases in any case.
 */
const struct journal *second_reading(const struct journal *journal, const char *name, struct loaded *loaded);

/*
 * Removes pages that were gone from the disk when `later` has their removal or new name, or that of a directory above
 * them; and pages of which the first reading has only a part. The next snapshot will show them.
 */
void second_reading_settle(const struct journal *journal, const struct journal *later, struct pages *pages);

#endif
