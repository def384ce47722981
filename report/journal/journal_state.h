/*
 * journal_state.h - what the records of a journal say so far: its processes, and what events refer to. No I/O.
 *
 * One for all readers: records come in any order, at once or while the journal grows. What is concluded from several of
 * them is there after journal_state_settle. Memory: processes with their modules, programs that were started, notes,
 * and of the stacks those that were asked for; nothing for an event. With `whole` also changes of scopes and the
 * answers of interpreters.
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
 * `source` gives the records that others refer to; `journal` is filled but for its events and what is counted of
 * damage. Both must outlive the state. What is filed is in the journal's arena.
 */
struct journal_state *journal_state_open(struct source *source, struct journal *journal, bool whole);
void journal_state_close(struct journal_state *state);

/*
 * Takes a record of `size` bytes, which stands at `offset` in the file. Unless the source keeps records in memory, its
 * bytes may go afterwards. EVENT records are not its own to keep: see journal_state_event. False: it breaks a rule, and
 * is left out.
 */
bool journal_state_file(struct journal_state *state, const void *record, uint16_t type, uint32_t size, uint64_t offset);
/* Links processes and root directories anew if records have come that may change them. Cheap if none has. */
void journal_state_settle(struct journal_state *state);
/* How many EXEC_FAILED records name no EXEC record, after settling. */
size_t journal_state_unmatched(const struct journal_state *state);

/* The process of that number. The first never gives NULL, the second does when no record has named it. */
struct process *journal_state_process(struct journal_state *state, uint32_t number);
const struct process *journal_state_named_process(struct journal_state *state, uint32_t number);
/* What a reference leads to; NULL: nothing of that type. */
const struct stack *journal_state_stack(struct journal_state *state, uint32_t reference);
const struct script_stack *journal_state_script_stack(struct journal_state *state, uint32_t reference);
/* A string; "" none. Good until journal_state_forget_names, unless the source keeps records in memory. */
struct text journal_state_name(struct journal_state *state, uint32_t reference);
void journal_state_forget_names(struct journal_state *state);

/*
 * Makes an event of an EVENT record, but for its stacks and objects, and with names as the process had them. `move` is
 * filled for those of two names; `out` points to it then, and borrows from the record. False: it breaks a rule.
 */
bool journal_state_event(struct journal_state *state, const struct journal_event *record, uint32_t size,
			 uint64_t offset, struct event *out, struct event_move *move);
/* Makes its names the machine's: see root_directories_of_event. Its process must be settled. */
void journal_state_root_event(struct journal_state *state, struct event *event);

/* Audited processes that no record says have ended, each once for all its images. They may have been killed. */
struct process **journal_state_running(struct journal_state *state, size_t *count);
/* How many images and forked children there were. */
size_t journal_state_process_count(const struct journal_state *state);
/* See unseen.h. */
const char *journal_state_unseen(struct journal_state *state, uint64_t now_ns);

#endif
