/*
 * second_reading.h - a snapshot is taken of programs that go on: they remove, rename and start while it reads and looks. What their journal has come
 * to say since it was read tells that from what is wrong.
 */
#ifndef PAGELEAK_SECOND_READING_H
#define PAGELEAK_SECOND_READING_H

#include "machine/journal_load.h"
#include "model/journal_model.h"
#include "model/page_model.h"

/* Is there anything that a second reading could settle? */
bool second_reading_is_wanted(const struct journal *journal, const struct pages *pages);

/*
 * Reads the journal `name` again, which processes still write to, a moment after it was read as `journal`. NULL when it cannot be, or
 * is another one now: then nothing is settled. It borrows from `loaded`, which is the caller's to unload in any case.
 */
const struct journal *second_reading(const struct journal *journal, const char *name, struct loaded *loaded);

/*
 * Takes out pages that were gone from the disk, where a removal or a new name of theirs, or of the directory that they lie in, has been
 * recorded since, and those of which the first reading has but half: the next snapshot will tell.
 */
void second_reading_settle(const struct journal *journal, const struct journal *later, struct pages *pages);

#endif
