/*
 * journal.h - the mapped journal: where records are put. Layout and rules: format.h.
 *
 * Every function here may be called from any thread, from signal handlers and from vfork children; none takes a lock,
 * allocates, or touches errno. A fork is noticed by itself: the first record of a child begins a process of its own.
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
 * Space for a record of `size` bytes, its head filled in. NULL, counted, when there is none. The record becomes valid by
 * journal_commit; `type` is what is known of it until then. `process` 0: the current process.
 */
void *journal_begin(enum journal_record_type type, size_t size, uint32_t process);
void journal_commit(void *record, enum journal_record_type type, uint16_t flags);
/* Reference to a record that was begun; 0 for NULL. */
uint32_t journal_reference(const void *record);
/*
 * A call that makes, moves or removes names is under way between these two. One that never comes to its end (cancelled, left
 * by longjmp, killed) stays counted. `it` begins as zeros, and need not have been begun to be ended.
 */
struct journal_underway {
	uint32_t *count; /* NULL: not counted */
	uint32_t image;  /* a copy made by fork in between is not counted twice */
};
void journal_underway(struct journal_underway *it, bool removes);
void journal_underway_end(const struct journal_underway *it);

#endif
