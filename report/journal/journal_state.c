/*
 * journal_state.c - the one place that knows what each type of record is for. Must not know where records come from.
 */
#include "journal/journal_state.h"
#include "base/arena.h"
#include "journal/process_tree.h"
#include "journal/record_cache.h"
#include "journal/root_directories.h"
#include "journal/unseen.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct name {
	uint32_t reference;
	struct text text;
	UT_hash_handle hh;
};

struct journal_state {
	struct source *source;
	struct journal *journal;
	struct arena *arena, *names_arena;
	bool whole;
	bool stale; /* records have come that can change the process tree */
	struct known_process *by_number, *last;
	struct process_records records;
	size_t known_room, exec_room, killed_room, note_room, cause_room;
	bool causes_unordered;
	uint32_t *failed; /* EXEC_FAILED records: references to EXEC records that have not come yet */
	size_t failed_count, failed_room;
	struct record_cache made; /* struct exec_seen of EXEC records; stacks and functions */
	struct root_directories roots;
	struct unseen unseen;
	struct name *names;
	struct process **running;
	size_t running_room;
};

struct journal_state *journal_state_open(struct source *source, struct journal *journal, bool whole)
{
	struct journal_state *state = arena_take(journal->arena, sizeof *state);
	*state = (struct journal_state){.source = source,
					.journal = journal,
					.arena = journal->arena,
					.whole = whole,
					.stale = true,
					.roots = {.arena = journal->arena}};
	state->names_arena = source->copies ? arena_new() : state->arena;
	source->into = state->arena;
	return state;
}

void journal_state_close(struct journal_state *state)
{
	HASH_CLEAR(hh, state->by_number);
	HASH_CLEAR(hh, state->names);
	record_cache_free(&state->made);
	root_directories_close(&state->roots);
	if (state->names_arena != state->arena)
		arena_free(state->names_arena);
	free(state->running);
}

#define ADD(state, list, count, room)                                                                                  \
	((list) = arena_grow((state)->arena, list, count, &(room), sizeof *(list), 16), &(list)[(count)++])

/* Copies a record that is going to be freed. What is made of it points into it. */
static const void *kept(struct journal_state *state, const void *record, uint32_t size)
{
	return state->source->copies ? memcpy(arena_take(state->arena, size), record, size) : record;
}

/* ---- processes ---- */

static struct known_process *find_known(struct journal_state *state, uint32_t number)
{
	struct known_process *known;
	if (state->last && state->last->said.number == number)
		return state->last;
	HASH_FIND(hh, state->by_number, &number, sizeof number, known);
	if (known)
		state->last = known;
	return known;
}

static struct known_process *record_index_at(struct journal_state *state, uint32_t number)
{
	struct known_process *known = find_known(state, number);
	if (known)
		return known;
	known = arena_take(state->arena, sizeof *known);
	known->said = (struct process){
		.number = number, .status = -1, .audited = true, .exe = text_none(), .tmpdir = text_none()};
	known->process = known->said;
	HASH_ADD(hh, state->by_number, said.number, sizeof number, known);
	*ADD(state, state->records.known, state->records.known_count, state->known_room) = known;
	state->stale = true;
	return state->last = known;
}

struct process *journal_state_process(struct journal_state *state, uint32_t number)
{
	return &record_index_at(state, number)->process;
}

const struct process *journal_state_named_process(struct journal_state *state, uint32_t number)
{
	struct known_process *known = find_known(state, number);
	return known ? &known->process : NULL;
}

size_t journal_state_process_count(const struct journal_state *state)
{
	return state->records.known_count;
}

/* Whether no record says that it ended. A program that took its place without being audited goes on in its name. */
static bool runs(const struct known_process *known)
{
	const struct process *process = &known->process, *heir = process->heir;
	if (!known->offset || known->displaced)
		return false;
	if (process->replaced && heir && !heir->audited)
		return !known->said.ended_ns && !heir->ended_ns;
	return !process->ended_ns && !process->replaced;
}

struct process **journal_state_running(struct journal_state *state, size_t *count)
{
	const struct process_records *records = &state->records;
	*count = 0;
	if (!state->running || records->known_count > state->running_room) {
		free(state->running);
		state->running_room = 2 * records->known_count + 1;
		state->running = malloc(state->running_room * sizeof *state->running);
		if (!state->running)
			arena_out_of_memory();
	}
	for (size_t i = 0; i < records->known_count; i++)
		if (runs(records->known[i]))
			state->running[(*count)++] = &records->known[i]->process;
	return state->running;
}

const char *journal_state_unseen(struct journal_state *state, uint64_t now_ns)
{
	return unseen_reason(&state->unseen, state->journal, now_ns);
}

/* ---- settling ---- */

static void mark_failed(struct journal_state *state)
{
	size_t kept = 0;
	for (size_t i = 0; i < state->failed_count; i++) {
		struct exec_seen *exec = record_cache_find(&state->made, state->failed[i], RECORD_EXEC);
		if (exec)
			exec->failed = true;
		else
			state->failed[kept++] = state->failed[i];
	}
	state->failed_count = kept;
}

static int by_module_time(const void *a, const void *b)
{
	const struct module *x = *(const struct module *const *)a, *y = *(const struct module *const *)b;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int by_scope_time(const void *a, const void *b)
{
	const struct scope_change *x = *(const struct scope_change *const *)a;
	const struct scope_change *y = *(const struct scope_change *const *)b;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Makes a sorted copy of a list, with the same room. Of equal items the first stays the first. */
static void *sorted(struct arena *arena, const char *list, size_t count, size_t room, size_t size,
		    int (*compare)(const void *, const void *))
{
	char *out = arena_take(arena, room * size);
	const char **order = malloc(count * sizeof *order);
	if (!order)
		arena_out_of_memory();
	for (size_t i = 0; i < count; i++)
		order[i] = list + i * size;
	qsort(order, count, sizeof *order, compare);
	for (size_t i = 0; i < count; i++)
		memcpy(out + i * size, order[i], size);
	free(order);
	return out;
}

/* Makes sorted copies: symbols are cached by the place of a module in memory, which must not change. */
static void sort_lists(struct journal_state *state, struct known_process *known)
{
	struct process *process = &known->process;
	if (known->modules_unordered)
		process->modules = sorted(state->arena, (const char *)process->modules, process->module_count,
					  known->module_room, sizeof *process->modules, by_module_time);
	if (known->scopes_unordered)
		process->scopes = sorted(state->arena, (const char *)process->scopes, process->scope_count,
					 known->scope_room, sizeof *process->scopes, by_scope_time);
	known->modules_unordered = known->scopes_unordered = false;
}

static int by_event(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;
	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

void journal_state_settle(struct journal_state *state)
{
	struct process_records *records = &state->records;
	if (state->causes_unordered)
		qsort(state->journal->causes, state->journal->cause_count, sizeof *state->journal->causes, by_event);
	state->causes_unordered = false;
	if (!state->stale)
		return;
	state->stale = false;
	mark_failed(state);
	for (size_t i = 0; i < records->known_count; i++) {
		struct known_process *known = records->known[i];
		sort_lists(state, known);
		known->forker = known->parent ? find_known(state, known->parent) : NULL;
	}
	process_tree_link(state->journal, records);
	root_directories_link(&state->roots, state->journal);
}

size_t journal_state_unmatched(const struct journal_state *state)
{
	return state->failed_count;
}

/* ---- records of processes; each gives false when the record breaks a rule ---- */

static bool file_process(struct journal_state *state, const struct journal_process *record, uint32_t size,
			 uint64_t offset)
{
	struct known_process *known = record->head.process ? record_index_at(state, record->head.process) : NULL;
	if (!known || known->offset ||
	    !decode_process(state->source, state->arena, kept(state, record, size), size, &known->said))
		return false;
	state->stale = true;
	known->offset = offset;
	known->parent = record->kind == PROCESS_FORKED ? record->parent : 0;
	return true;
}

static bool file_exec(struct journal_state *state, const void *bytes, uint32_t size, uint64_t offset)
{
	struct exec_seen exec;
	bool added;
	if (!decode_exec(state->arena, kept(state, bytes, size), size, &exec))
		return false;
	exec.process = journal_state_process(state, ((const struct journal_exec *)bytes)->head.process);
	exec.offset = offset;
	struct exec_seen *filed = arena_take(state->arena, sizeof *filed);
	*filed = exec;
	state->stale = true;
	*ADD(state, state->records.execs, state->records.exec_count, state->exec_room) = filed;
	record_cache_slot(&state->made, (uint32_t)(offset / 8), RECORD_EXEC, &added)->made = filed;
	return true;
}

static void file_exec_failed(struct journal_state *state, const struct journal_exec_failed *record)
{
	state->stale = true;
	*ADD(state, state->failed, state->failed_count, state->failed_room) = record->exec;
}

static void file_exit(struct journal_state *state, const struct journal_exit *record)
{
	struct known_process *known = record_index_at(state, record->head.process);
	state->stale = true;
	known->daemon |= decode_exit(record, &known->said);
}

static void file_killed(struct journal_state *state, const struct journal_killed *record)
{
	struct process_records *records = &state->records;
	state->stale = true;
	*ADD(state, records->killed, records->killed_count, state->killed_room) =
		(struct killed_seen){record->time_ns, record->pid, record->ppid, record->signal};
}

static bool file_module(struct journal_state *state, const struct journal_module *record, uint32_t size)
{
	struct module module;
	if (!decode_module(state->source, kept(state, record, size), size, &module))
		return false;
	struct known_process *known = record_index_at(state, record->head.process);
	struct process *process = &known->process;
	known->modules_unordered |=
		process->module_count && process->modules[process->module_count - 1].time_ns > module.time_ns;
	state->stale |= known->modules_unordered;
	*ADD(state, process->modules, process->module_count, known->module_room) = module;
	return true;
}

static void file_note(struct journal_state *state, const struct journal_note *record)
{
	struct known_process *known = record_index_at(state, record->head.process);
	struct note_seen *note = ADD(state, state->journal->notes, state->journal->note_count, state->note_room);
	*note = (struct note_seen){&known->process, record->note, record->time_ns,
				   decode_string(state->source, record->detail)};
	state->stale = true;
	known->said.session |= record->note == NOTE_SESSION;
	known->said.asked |= record->note == NOTE_ASKED;
}

static void file_scope(struct journal_state *state, const struct journal_scope *record)
{
	struct known_process *known = record_index_at(state, record->head.process);
	struct process *process = &known->process;
	if (!state->whole)
		return;
	known->scopes_unordered |=
		process->scope_count && process->scopes[process->scope_count - 1].time_ns > record->time_ns;
	state->stale |= known->scopes_unordered;
	*ADD(state, process->scopes, process->scope_count, known->scope_room) =
		(struct scope_change){process, record->time_ns, decode_string(state->source, record->scope)};
}

static bool file_why(struct journal_state *state, const struct journal_why *record, uint32_t size)
{
	struct cause cause;
	if (!state->whole)
		return true;
	if (!decode_why(state->arena, kept(state, record, size), size, &cause))
		return false;
	cause.process = journal_state_process(state, record->head.process);
	*ADD(state, state->journal->causes, state->journal->cause_count, state->cause_room) = cause;
	state->causes_unordered = true;
	return true;
}

/* ---- records that others refer to: made when they are asked for ---- */

static bool file_stack(struct journal_state *state, const struct journal_stack *record, uint32_t size)
{
	struct stack stack;
	if (!decode_stack(record, size, &stack))
		return false;
	record_index_at(state, record->head.process);
	return true;
}

static const void *record_of(struct journal_state *state, uint32_t reference, uint16_t type, uint32_t *size)
{
	return state->source->record(state->source, reference, type, decode_least(type), size);
}

static void *make_stack(struct journal_state *state, uint32_t reference)
{
	uint32_t size;
	const struct journal_stack *record = record_of(state, reference, RECORD_STACK, &size);
	struct stack stack;
	if (!record || !decode_stack(record, size, &stack))
		return NULL;
	stack.process = journal_state_process(state, record->head.process);
	return memcpy(arena_take(state->arena, sizeof stack), &stack, sizeof stack);
}

static void *make_code(struct journal_state *state, uint32_t reference)
{
	uint32_t size;
	const struct journal_code *record = record_of(state, reference, RECORD_CODE, &size);
	struct script_code *code = record ? arena_take(state->arena, sizeof *code) : NULL;
	if (code)
		decode_code(state->source, record, code);
	return code;
}

/* Gives what `make` makes of a record; calls it once for each. */
static void *made_of(struct journal_state *state, uint32_t reference, uint16_t type,
		     void *(*make)(struct journal_state *state, uint32_t reference))
{
	bool added;
	if (!reference)
		return NULL;
	struct record_slot *slot = record_cache_slot(&state->made, reference, type, &added);
	if (!added)
		return slot->made;
	void *made = make(state, reference);
	return record_cache_slot(&state->made, reference, type, &added)->made = made;
}

static const struct script_code *code_at(void *context, uint32_t reference)
{
	return made_of(context, reference, RECORD_CODE, make_code);
}

static void *make_script_stack(struct journal_state *state, uint32_t reference)
{
	uint32_t size;
	const struct journal_script_stack *record = record_of(state, reference, RECORD_SCRIPT_STACK, &size);
	if (!record || !decode_script_stack_fits(record, size))
		return NULL;
	struct script_stack *stack = arena_take(state->arena, sizeof *stack);
	decode_script_stack(state->arena, record, code_at, state, stack);
	return stack;
}

const struct stack *journal_state_stack(struct journal_state *state, uint32_t reference)
{
	return made_of(state, reference, RECORD_STACK, make_stack);
}

const struct script_stack *journal_state_script_stack(struct journal_state *state, uint32_t reference)
{
	return made_of(state, reference, RECORD_SCRIPT_STACK, make_script_stack);
}

struct text journal_state_name(struct journal_state *state, uint32_t reference)
{
	struct name *name;
	if (!reference || !state->source->copies)
		return decode_string(state->source, reference);
	HASH_FIND(hh, state->names, &reference, sizeof reference, name);
	if (name)
		return name->text;
	name = arena_take(state->names_arena, sizeof *name);
	name->reference = reference;
	state->source->into = state->names_arena;
	name->text = decode_string(state->source, reference);
	state->source->into = state->arena;
	HASH_ADD(hh, state->names, reference, sizeof name->reference, name);
	return name->text;
}

void journal_state_forget_names(struct journal_state *state)
{
	root_directories_forget(&state->roots);
	if (!state->source->copies)
		return;
	HASH_CLEAR(hh, state->names);
	arena_free(state->names_arena);
	state->names_arena = arena_new();
}

/* ---- events ---- */

bool journal_state_event(struct journal_state *state, const struct journal_event *record, uint32_t size,
			 uint64_t offset, struct event *out, struct event_move *move)
{
	struct event_parts parts;
	if (!decode_event(record, size, &parts))
		return false;
	*out = (struct event){
		.kind = record->kind,
		.flags = record->flags,
		.api = record->api,
		.mode = record->mode,
		.links = record->links,
		.tid = record->head.tid,
		.time_ns = record->time_ns,
		.offset = offset,
		.page = record->page,
		.process = journal_state_process(state, record->head.process),
		.base = journal_state_name(state, record->base),
		.path = parts.path,
		.scope = state->whole ? journal_state_name(state, record->scope) : text_none(),
	};
	if (record->kind != EVENT_RENAMED && record->kind != EVENT_LINKED)
		return true;
	*move = (struct event_move){.base2 = journal_state_name(state, record->base2), .path2 = parts.path2};
	if (parts.replaced) {
		move->replaced = parts.replaced->page;
		move->replaced_links = parts.replaced->links;
		move->replaced_mode = parts.replaced->mode;
	}
	out->move = move;
	return true;
}

void journal_state_root_event(struct journal_state *state, struct event *event)
{
	root_directories_of_event(&state->roots, state->names_arena, event);
}

/* ---- filing ---- */

static bool file(struct journal_state *state, const void *record, uint16_t type, uint32_t size, uint64_t offset)
{
	switch (type) {
	case RECORD_AUDIT:
		return decode_audit(state->arena, kept(state, record, size), size, state->journal);
	case RECORD_AUDIT_END:
		decode_audit_end(record, state->journal);
		return state->stale = true;
	case RECORD_PROCESS:
		return file_process(state, record, size, offset);
	case RECORD_EXEC:
		return file_exec(state, record, size, offset);
	case RECORD_EXEC_FAILED:
		file_exec_failed(state, record);
		return true;
	case RECORD_EXIT:
		file_exit(state, record);
		return true;
	case RECORD_KILLED:
		file_killed(state, record);
		return true;
	case RECORD_MODULE:
		return file_module(state, record, size);
	case RECORD_STACK:
		return file_stack(state, record, size);
	case RECORD_SCRIPT_STACK:
		return decode_script_stack_fits(record, size);
	case RECORD_SCOPE:
		file_scope(state, record);
		return true;
	case RECORD_NOTE:
		file_note(state, record);
		return true;
	case RECORD_WHY:
		return file_why(state, record, size);
	default: /* STRING, CODE: when they are asked for. EVENT: the reader's. VOID, unknown: R7 */
		return true;
	}
}

bool journal_state_file(struct journal_state *state, const void *record, uint16_t type, uint32_t size, uint64_t offset)
{
	uint32_t least = decode_least(type);
	if (!least)
		return true;
	return size >= least && file(state, record, type, size, offset);
}
