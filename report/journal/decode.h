/*
 * decode.h - one record's bytes to a struct: rules R4 to R8 of format.h, and R9 by whoever has the other records. No
 * I/O.
 *
 * For read.c, which has the whole journal in memory, and follow.c, which reads it while it grows. Every byte is taken
 * as hostile.
 */
#ifndef PAGELEAK_DECODE_H
#define PAGELEAK_DECODE_H

#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "journal/process_tree.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"

/* The least size of a record of that type; 0: an unknown type (R7). */
uint32_t decode_least(uint16_t type);
/* Of one that is not finished: whether its writer's death lost something that had happened. */
bool decode_torn_is_loss(const struct journal_record *record);

/* ---- what a record refers to ---- */

struct source {
	/* R9: gives the complete record of that type, or NULL when there is none of `least` bytes. */
	const void *(*record)(struct source *source, uint32_t reference, uint16_t type, uint32_t least, uint32_t *size);
	bool copies;        /* what it gives is a copy in `into`; else it is in memory and stays there */
	struct arena *into; /* set by who asks; NULL without `copies` */
};
/* "" when there is none. Borrows. */
struct text decode_string(struct source *source, uint32_t reference);

/* ---- records; each gives false when the record breaks a rule. `size` is at least decode_least of its type ---- */

/* NUL-terminated strings in `size` bytes; a last one without NUL counts. */
struct text *decode_strings(struct arena *arena, const char *at, size_t size, size_t *count);
bool decode_audit(struct arena *arena, const struct journal_audit *record, uint32_t size, struct journal *out);
void decode_audit_end(const struct journal_audit_end *record, struct journal *out);
/* What a PROCESS record says of its process, but for its parent. */
bool decode_process(struct source *source, struct arena *arena, const struct journal_process *record, uint32_t size,
		    struct process *out);
/* True also for a daemon's parent; see process_tree.h. */
bool decode_exit(const struct journal_exit *record, struct process *process);
bool decode_module(struct source *source, const struct journal_module *record, uint32_t size, struct module *out);
/* Addresses are borrowed; `out->process` is left alone. */
bool decode_stack(const struct journal_stack *record, uint32_t size, struct stack *out);
void decode_code(struct source *source, const struct journal_code *record, struct script_code *out);
bool decode_script_stack_fits(const struct journal_script_stack *record, uint32_t size);
/* One that fits. Its frames are in `arena`; `code` gives what a CODE record says, or NULL. */
void decode_script_stack(struct arena *arena, const struct journal_script_stack *record,
			 const struct script_code *(*code)(void *context, uint32_t reference), void *context,
			 struct script_stack *out);
/* All but its process and offset. */
bool decode_exec(struct arena *arena, const struct journal_exec *record, uint32_t size, struct exec_seen *out);
/* All but its process. */
bool decode_why(struct arena *arena, const struct journal_why *record, uint32_t size, struct cause *out);

/* The variable parts of an EVENT. */
struct event_parts {
	const struct journal_replaced *replaced; /* NULL none */
	const struct journal_object *objects;
	struct text path, path2;
};
bool decode_event(const struct journal_event *record, uint32_t size, struct event_parts *out);

#endif
