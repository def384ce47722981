/*
 * decode.h - one record's bytes to a struct: rules R4 to R8 of format.h, and R9 by whoever has the other records. No I/O.
 *
 * For read.c, which has the whole journal in memory, and follow.c, which reads it while it grows. Every byte is taken as hostile.
 */
#ifndef PAGELEAK_DECODE_H
#define PAGELEAK_DECODE_H

#include "base/arena.h"
#include "base/text.h"
#include "format.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"

/* ---- what stands at a place of a chunk ---- */

enum step {
	STEP_RECORD,
	STEP_EMPTY,      /* R4: space not begun; 8 bytes further there may be something */
	STEP_UNFINISHED, /* R6: begun; `size` leads to the next */
	STEP_BROKEN,     /* R5: nothing behind it can be read */
};
/* Looks at `at`, 8-byte aligned, of which 16 bytes can be read; `left`: bytes from there to the chunk's end. */
enum step decode_step(const void *at, uint64_t left, uint32_t *size, uint16_t *type);
/* R3, but for where it ends. */
static inline bool decode_chunk_size_ok(uint32_t size)
{
	return size && size % CHUNK_ALIGN == 0 && size <= CHUNK_MAX;
}
/* The least size of a record of that type; 0: an unknown type (R7). */
uint32_t decode_least(uint16_t type);
/* Of one that is not finished: whether its writer's death lost something that had happened. */
bool decode_torn_is_loss(const struct journal_record *record);

/* ---- what a record refers to ---- */

struct source {
	/* R9: the complete record of that type, or NULL when there is none of `least` bytes. It stays as long as the source's arena. */
	const void *(*record)(struct source *source, uint32_t reference, uint16_t type, uint32_t least, uint32_t *size);
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
/* Room for its frames, not yet filled. */
bool decode_script_stack(struct arena *arena, const struct journal_script_stack *record, uint32_t size,
			 struct script_stack *out);
/* Fills them; `code` gives what a CODE record says, or NULL. */
void decode_script_frames(const struct journal_script_stack *record,
			  const struct script_code *(*code)(void *context, uint32_t reference), void *context,
			  struct script_stack *out);

/* The variable parts of an EVENT. */
struct event_parts {
	const struct journal_replaced *replaced; /* NULL none */
	const struct journal_object *objects;
	struct text path, path2;
};
bool decode_event(const struct journal_event *record, uint32_t size, struct event_parts *out);

#endif
