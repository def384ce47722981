/*
 * journal_state.h - collects what the records of a journal say: processes, and the stacks and names of events. No I/O.
 *
 * All readers use it. They give it records in any order, of a whole journal or while it grows; journal_state_settle
 * concludes from those so far. Memory: processes with their modules, programs that were started, notes, and each stack
 * that was asked for; nothing for an event. With `whole` also changes of scopes and answers of interpreters.
 * Not thread-safe. Ends the program when there is no memory.
 */
#ifndef PAGELEAK_JOURNAL_STATE_H
#define PAGELEAK_JOURNAL_STATE_H

#include "base/text.h"
#include "format.h"
#include "journal/decode.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"

struct journal_state;

/*
 * Begins without records. `source` gives the records that others refer to. Fills `journal`, except for its events and
 * its counts of damage, in the journal's arena. Both must outlive the state. The caller frees it by
 * journal_state_close.
 */
struct journal_state *journal_state_open(struct source *source, struct journal *journal, bool whole);
void journal_state_close(struct journal_state *state);

/*
 * Takes the record of `size` bytes at `offset` of the file. Copies what it needs, unless the source keeps records in
 * memory. Ignores EVENT records: journal_state_event makes events of them. Returns false when the record breaks a rule;
 * then it is left out.
 */
bool journal_state_file(struct journal_state *state, const void *record, uint16_t type, uint32_t size, uint64_t offset);
/* Links processes and root directories anew when records have come that can change them. */
void journal_state_settle(struct journal_state *state);
/* Counts EXEC_FAILED records that refer to no EXEC record. After journal_state_settle. */
size_t journal_state_unmatched(const struct journal_state *state);

/*
 * Gives the process with that number in the journal. The first makes it when no record has named it so far, the second
 * returns NULL then. It stays where it is in memory.
 */
struct process *journal_state_process(struct journal_state *state, uint32_t number);
const struct process *journal_state_named_process(struct journal_state *state, uint32_t number);
/* Gives the stack that a reference leads to; NULL when it leads to none. Lives as long as the journal. */
const struct stack *journal_state_stack(struct journal_state *state, uint32_t reference);
const struct script_stack *journal_state_script_stack(struct journal_state *state, uint32_t reference);
/* Gives a string; "" none. Valid until journal_state_forget_names, unless the source keeps records in memory. */
struct text journal_state_name(struct journal_state *state, uint32_t reference);
void journal_state_forget_names(struct journal_state *state);

/*
 * Makes an event of an EVENT record, without stacks and objects, and with names as the process used them. Paths point
 * into the record. For RENAMED and LINKED fills `move`, which `out` points to then. Returns false when the record
 * breaks a rule.
 */
bool journal_state_event(struct journal_state *state, const struct journal_event *record, uint32_t size,
			 uint64_t offset, struct event *out, struct event_move *move);
/* Makes the names of an event those of the machine: see root_directories_of_event. After journal_state_settle. */
void journal_state_root_event(struct journal_state *state, struct event *event);

/*
 * Lists audited processes of which no record says that they ended; of the images of a process the last. They may have
 * been killed. The list is valid until the next call.
 */
struct process **journal_state_running(struct journal_state *state, size_t *count);
/* Counts the images and forked children that records have named. */
size_t journal_state_process_count(const struct journal_state *state);
/* See unseen.h. */
const char *journal_state_unseen(struct journal_state *state, uint64_t now_ns);

#endif
