/*
 * follow_references.h - what the events of a growing journal refer to: processes, stacks, names. Filed or fetched when it is asked for.
 *
 * Processes and their modules stay in memory, and of the stacks those that were asked for; what they say of the audit's
 * completeness is counted on the way.
 */
#ifndef PAGELEAK_REFERENCES_H
#define PAGELEAK_REFERENCES_H

#include "base/text.h"
#include "format.h"
#include "journal/follow.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"

struct references;

/* `journal` is filled as records come: command, cwd, host, end. Both arguments must outlive it. */
struct references *references_open(struct follow *follow, struct journal *journal);
void references_close(struct references *references);

struct follow *references_follow(const struct references *references);

/* Takes any record of `size` bytes at `offset`; what defines nothing is left alone. */
void references_file(struct references *references, const struct journal_record *record, uint16_t type, uint32_t size,
		     uint64_t offset);

/* Never NULL. */
struct process *references_process(struct references *references, uint32_t number);
/* NULL none. */
const struct stack *references_stack(struct references *references, uint32_t reference);
const struct script_stack *references_script(struct references *references, uint32_t reference);
/* A string that need not be kept: good until references_forget. */
struct text references_name(struct references *references, uint32_t reference);
void references_forget(struct references *references);

/* A name as the machine has it: with the root directory that the process had changed to. False: that is not known. */
bool references_rooted(struct references *references, const struct process *process, struct text *base,
		       struct text *path);
/* How often a process has changed its root directory so far, and those changes (for page_rules_open). */
size_t references_roots(const struct references *references, struct root_change **out);

/* Audited processes that no record says have ended. They may have been killed. */
struct process **references_running(struct references *references, size_t *count);
/* How many images and forked children there were. */
size_t references_processes(const struct references *references);

/*
 * Why not everything is seen: the first reason found, "" none. `now_ns`, of the journal's clock: a program that did not say hello
 * within two seconds of its start is not audited.
 */
const char *references_unseen(struct references *references, uint64_t now_ns);

#endif
