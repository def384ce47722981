/*
 * decode.h - makes structs of the bytes of single records, by rules R7 to R9 of format.h. No I/O. Every byte may be
 * damaged.
 *
 * Memory: what is made lives in the given arena; texts and addresses point into the record.
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

/* Gives the least size of a record of that type in bytes; 0 for an unknown type (R7). */
uint32_t decode_least(uint16_t type);
/* Whether an unfinished record (R6) means that something happened which no other record tells. */
bool decode_torn_is_loss(const struct journal_record *record);

/* ---- references ---- */

/* Where records come from that others refer to. */
struct source {
	/*
	 * Gives the record that `reference` leads to (R9); NULL when no complete one of that type and `least` bytes is
	 * there.
	 */
	const void *(*record)(struct source *source, uint32_t reference, uint16_t type, uint32_t least, uint32_t *size);
	bool copies;        /* true: records are copied into `into`; false: they stay in memory as long as the source */
	struct arena *into; /* set by the caller; unused without `copies` */
};
/* Gives a string; "" when there is none. */
struct text decode_string(struct source *source, uint32_t reference);

/* ---- records: `size` is at least decode_least of the type; false means that the record breaks a rule ---- */

/* Splits `size` bytes into NUL-terminated strings; the last may lack its NUL. */
struct text *decode_strings(struct arena *arena, const char *at, size_t size, size_t *count);
bool decode_audit(struct arena *arena, const struct journal_audit *record, uint32_t size, struct journal *out);
void decode_audit_end(const struct journal_audit_end *record, struct journal *out);
/* Sets all that a PROCESS record says but the parent. */
bool decode_process(struct source *source, struct arena *arena, const struct journal_process *record, uint32_t size,
		    struct process *out);
/* Returns true when the process left by daemon(3), so that a child goes on in its place. */
bool decode_exit(const struct journal_exit *record, struct process *process);
bool decode_module(struct source *source, const struct journal_module *record, uint32_t size, struct module *out);
/* Sets all but `process`. */
bool decode_stack(const struct journal_stack *record, uint32_t size, struct stack *out);
void decode_code(struct source *source, const struct journal_code *record, struct script_code *out);
/* Whether the record is as long as its frames take. */
bool decode_script_stack_fits(const struct journal_script_stack *record, uint32_t size);
/* Makes a stack of a record that fits. `code` gives the function of a reference, or NULL. */
void decode_script_stack(struct arena *arena, const struct journal_script_stack *record,
			 const struct script_code *(*code)(void *context, uint32_t reference), void *context,
			 struct script_stack *out);
/* Sets all but `process` and `offset`. */
bool decode_exec(struct arena *arena, const struct journal_exec *record, uint32_t size, struct exec_seen *out);
/* Sets all but `process`. */
bool decode_why(struct arena *arena, const struct journal_why *record, uint32_t size, struct cause *out);

/* The parts of an EVENT record behind its fixed ones. */
struct event_parts {
	const struct journal_replaced *replaced; /* NULL none */
	const struct journal_object *objects;
	struct text path, path2;
};
bool decode_event(const struct journal_event *record, uint32_t size, struct event_parts *out);

#endif
