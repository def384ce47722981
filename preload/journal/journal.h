/*
 * journal.h - appends records to the mapped journal. Layout and rules: format.h. Safety as journal_map.h.
 */
#ifndef PAGELEAK_JOURNAL_H
#define PAGELEAK_JOURNAL_H

#include "format.h"
#include "journal/journal_map.h"
#include "journal/journal_writer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Takes space for a record of `size` bytes and fills in its head. `process` 0: the current process. NULL, and counted,
 * when there is no space. Readers skip the record until journal_commit; of one that never gets there they know `type`
 * (rule R6).
 */
void *journal_begin(enum journal_record_type type, size_t size, uint32_t process);
/* Makes a record valid, which must be complete. */
void journal_commit(void *record, enum journal_record_type type, uint16_t flags);
/* Reference to a record that was begun; 0 for NULL. */
uint32_t journal_reference(const void *record);

/* A call of the program that makes, moves or removes names and has not returned yet. All zeros before it begins. */
struct journal_underway {
	uint32_t *count; /* NULL: not counted */
	uint32_t image;  /* journal_image() at its begin: a copy that fork made since does not count it down, too */
};
/*
 * Counts a call as under way, `removes`: one that removes a name. A call that never returns (cancelled, left by
 * longjmp, killed) stays counted (rule R12).
 */
void journal_underway(struct journal_underway *it, bool removes);
/* Counts it as ended, if it was counted at all. */
void journal_underway_end(const struct journal_underway *it);

#endif
