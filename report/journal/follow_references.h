/*
 * follow_references.h - processes, stacks and names that the events of a growing journal refer to.
 *
 * Processes and their modules stay in memory, and so do the stacks that were asked for. Names can be forgotten. It also finds
 * out whether the audit is complete.
 */
#ifndef PAGELEAK_FOLLOW_REFERENCES_H
#define PAGELEAK_FOLLOW_REFERENCES_H

#include "base/text.h"
#include "format.h"
#include "journal/follow.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"

struct references;

/* Fills command, cwd, host and end of `journal` as records come. Both arguments must outlive it. */
struct references *references_open(struct follow *follow, struct journal *journal);
void references_close(struct references *references);

struct follow *references_follow(const struct references *references);

/* Takes any record of `size` bytes at `offset`. Records that define nothing are ignored. */
void references_file(struct references *references, const struct journal_record *record, uint16_t type, uint32_t size,
		     uint64_t offset);

/* Never NULL. */
struct process *references_process(struct references *references, uint32_t number);
/* NULL none. */
const struct stack *references_stack(struct references *references, uint32_t reference);
const struct script_stack *references_script(struct references *references, uint32_t reference);
/* The string of a STRING record, valid until references_forget. */
struct text references_name(struct references *references, uint32_t reference);
void references_forget(struct references *references);

/* Makes a path one of the machine: adds the root directory that the process changed to. False if that is not known. */
bool references_rooted(struct references *references, const struct process *process, struct text *base,
		       struct text *path);
/* How often a process has changed its root directory so far, and those changes (for page_rules_open). */
size_t references_roots(const struct references *references, struct root_change **out);

/* Audited processes without a record of their end. They may have been killed. */
struct process **references_running(struct references *references, size_t *count);
/* Number of images and forked children so far. */
size_t references_processes(const struct references *references);

/*
 * The first reason why the audit is incomplete, "" if there is none. `now_ns`: CLOCK_REALTIME. A program that has made no
 * record two seconds after its start is not audited.
 */
const char *references_unseen(struct references *references, uint64_t now_ns);

#endif
