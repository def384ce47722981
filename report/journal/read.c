/*
 * read.c - journal bytes to records. No I/O, no judgement; every byte is taken as hostile (rules R1-R11 of format.h; decode.c
 * has those of a single record).
 *
 * Two walks over the chunks. The first counts events and files what others refer to (stacks, code, processes) by
 * offset; the second fills the events, so that a reference may lead forwards or back.
 */
#include "journal/read.h"
#include "base/progress.h"
#include "base/sorted_list.h"
#include "base/text.h"
#include "format.h"
#include "journal/decode.h"
#include "journal/journal_header.h"
#include "journal/process_tree.h"
#include "journal/record_index.h"
#include "journal/root_directories.h"
#include "model/event_model.h"
#include "model/stack_model.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct numbered {
	uint32_t number;
	struct process_seen seen;
	UT_hash_handle hh;
};

struct module_seen {
	struct module module;
	struct process *process;
};

struct underway_seen {
	uint32_t process; /* its number: a hint */
	uint32_t making, removing, torn;
	uint64_t offset;
};

struct list {
	char *at;
	size_t count, room;
};

struct reader {
	struct source source; /* first */
	struct arena *arena;
	struct journal *out;
	const char *bytes;
	uint64_t size, end; /* end: what the header says was handed out */
	struct known_list known;
	struct numbered *numbered;
	struct list modules, scopes, notes, execs, killed, causes, underway, dangling;
	size_t events_counted;
};

typedef void visit(struct reader *reader, const struct journal_record *record, uint16_t type, uint32_t size);

static void *list_add(struct reader *reader, struct list *list, size_t item)
{
	list->at = arena_grow(reader->arena, list->at, list->count, &list->room, item, 16);
	return list->at + item * list->count++;
}

static uint64_t offset_of(const struct reader *reader, const void *record)
{
	return (uint64_t)((const char *)record - reader->bytes);
}

/* ---- walking ---- */

static void walk_chunk(struct reader *reader, uint64_t chunk_at, uint32_t chunk_size, visit *visit, bool first)
{
	const struct journal_chunk *chunk = (const void *)(reader->bytes + chunk_at);
	uint64_t used = chunk->used;
	uint64_t end = chunk_at + (used >= sizeof *chunk && used < chunk_size ? used : chunk_size);
	uint64_t at = chunk_at + sizeof *chunk;
	while (at + sizeof(struct journal_record) <= end) {
		const struct journal_record *record = (const void *)(reader->bytes + at);
		uint32_t size;
		uint16_t type;
		enum step step = decode_step(record, end - at, &size, &type);
		if (step == STEP_BROKEN) {
			reader->out->bad += first;
			return;
		}
		if (step == STEP_UNFINISHED)
			reader->out->torn += first && decode_torn_is_loss(record);
		else if (step == STEP_RECORD)
			visit(reader, record, type, size);
		at += step == STEP_EMPTY ? 8 : size;
	}
}

static void note_underway(struct reader *reader, const struct journal_chunk *chunk, uint32_t torn)
{
	if (!chunk->making && !chunk->removing && !torn)
		return;
	struct underway_seen *seen = list_add(reader, &reader->underway, sizeof *seen);
	*seen = (struct underway_seen){chunk->process, chunk->making, chunk->removing, torn, offset_of(reader, chunk)};
}

static void walk(struct reader *reader, visit *visit, bool first)
{
	uint64_t end = reader->end < reader->size ? reader->end : reader->size;
	bool unbegun = false;
	for (uint64_t at = JOURNAL_HEADER_SIZE; at + sizeof(struct journal_chunk) <= end;) {
		const struct journal_chunk *chunk = (const void *)(reader->bytes + at);
		uint32_t magic = __atomic_load_n(&chunk->magic, __ATOMIC_ACQUIRE), size = chunk->size;
		if (magic != CHUNK_MAGIC) { /* R2 */
			reader->out->bad += first && magic && !unbegun;
			reader->out->unbegun += first && magic && unbegun;
			unbegun = unbegun || !magic;
			at += CHUNK_ALIGN;
			continue;
		}
		unbegun = false;
		bool cut = size > reader->size - at;
		progress_step("reading the journal", at, end);
		if (!decode_chunk_size_ok(size) || (size > reader->end - at && !cut)) { /* R3 */
			reader->out->bad += first;
			at += CHUNK_ALIGN;
			continue;
		}
		uint64_t torn = reader->out->torn;
		walk_chunk(reader, at, cut ? (uint32_t)(reader->size - at) & ~7u : size, visit, first);
		if (first)
			note_underway(reader, chunk, (uint32_t)(reader->out->torn - torn));
		at += size;
	}
}

/* ---- references: R9 ---- */

static const void *record_at(struct source *source, uint32_t reference, uint16_t type, uint32_t least, uint32_t *size)
{
	const struct reader *reader = (const struct reader *)source;
	uint64_t offset = (uint64_t)reference * 8;
	if (offset < JOURNAL_HEADER_SIZE + sizeof(struct journal_chunk) || offset + least > reader->size)
		return NULL;
	uint64_t word = __atomic_load_n((const uint64_t *)(reader->bytes + offset), __ATOMIC_ACQUIRE);
	*size = (uint32_t)word;
	if ((uint16_t)(word >> 32) != type || *size < least || *size > reader->size - offset)
		return NULL;
	return reader->bytes + offset;
}

/* Strings are not filed: they are checked where they stand, and borrowed. */
static struct text string_at(struct reader *reader, uint32_t reference)
{
	return decode_string(&reader->source, reference);
}

/* `parsed`: struct stack, python_stack, python_code. */
static void add_known(struct reader *reader, const void *record, uint16_t type, void *parsed)
{
	known_add(&reader->known, (uint32_t)(offset_of(reader, record) / 8), type, parsed);
}

static struct numbered *numbered_at(struct reader *reader, uint32_t number)
{
	struct numbered *numbered;
	HASH_FIND(hh, reader->numbered, &number, sizeof number, numbered);
	if (numbered)
		return numbered;
	numbered = arena_take(reader->arena, sizeof *numbered);
	struct process *process = arena_take(reader->arena, sizeof *process);
	*process = (struct process){
		.number = number, .status = -1, .audited = true, .exe = text_none(), .tmpdir = text_none()};
	numbered->number = number;
	numbered->seen.process = process;
	HASH_ADD(hh, reader->numbered, number, sizeof number, numbered);
	return numbered;
}

static struct text *strings_in(struct reader *reader, const char *at, size_t size, size_t *count)
{
	return decode_strings(reader->arena, at, size, count);
}

/* ---- records of the first walk; each gives false when the record breaks a rule ---- */

static bool read_process(struct reader *reader, const struct journal_process *record, uint32_t size)
{
	struct numbered *numbered = record->head.process ? numbered_at(reader, record->head.process) : NULL;
	if (!numbered || numbered->seen.offset ||
	    !decode_process(&reader->source, reader->arena, record, size, numbered->seen.process))
		return false;
	numbered->seen.offset = offset_of(reader, record);
	numbered->seen.parent = record->kind == PROCESS_FORKED ? record->parent : 0;
	return true;
}

static bool read_exec(struct reader *reader, const struct journal_exec *record, uint32_t size)
{
	if ((uint64_t)record->path_size + record->argv_size > size - sizeof *record)
		return false;
	struct exec_seen *exec = list_add(reader, &reader->execs, sizeof *exec);
	const char *at = (const char *)(record + 1);
	*exec = (struct exec_seen){
		.process = numbered_at(reader, record->head.process)->seen.process,
		.offset = offset_of(reader, record),
		.time_ns = record->time_ns,
		.pid = record->pid,
		.ppid = record->ppid,
		.flags = record->head.flags,
		.path = {at, record->path_size},
	};
	exec->argv = strings_in(reader, at + record->path_size, record->argv_size, &exec->argc);
	const char *user = at + record->path_size + record->argv_size;
	exec->uid_known =
		record->head.flags & EXEC_USER && (size_t)((const char *)record + size - user) >= sizeof exec->uid;
	if (exec->uid_known)
		memcpy(&exec->uid, user, sizeof exec->uid);
	return true;
}

static void read_exit(struct reader *reader, const struct journal_exit *record)
{
	struct numbered *numbered = numbered_at(reader, record->head.process);
	numbered->seen.daemon |= decode_exit(record, numbered->seen.process);
}

static bool read_killed(struct reader *reader, const struct journal_killed *record)
{
	struct killed_seen *killed = list_add(reader, &reader->killed, sizeof *killed);
	*killed = (struct killed_seen){record->time_ns, record->pid, record->ppid, record->signal};
	return true;
}

/* " " stands for nothing: no field is empty. */
static struct text said(struct text field)
{
	return text_is(field, " ") ? text_none() : field;
}

static bool read_why(struct reader *reader, const struct journal_why *record, uint32_t size)
{
	size_t count;
	if (record->text_size > size - sizeof *record)
		return false;
	struct text *texts = strings_in(reader, (const char *)(record + 1), record->text_size, &count);
	if (count < 2)
		return false;
	struct cause *cause = list_add(reader, &reader->causes, sizeof *cause);
	*cause = (struct cause){
		.kind = record->kind < CAUSE_COLLECTED ? record->kind : CAUSE_UNKNOWN,
		.detail = said(texts[0]),
		.advice = said(texts[1]),
		.chain = texts + 2,
		.chain_count = count - 2,
		.asked = true,
		.alive = record->alive,
		.moment = record->moment,
		.event = (uint64_t)record->event * 8,
		.process = numbered_at(reader, record->head.process)->seen.process,
		.object = record->object,
		.time_ns = record->time_ns,
	};
	return true;
}

static bool read_module_record(struct reader *reader, const struct journal_module *record, uint32_t size)
{
	struct module module;
	if (!decode_module(&reader->source, record, size, &module))
		return false;
	struct module_seen *seen = list_add(reader, &reader->modules, sizeof *seen);
	*seen = (struct module_seen){module, numbered_at(reader, record->head.process)->seen.process};
	return true;
}

static bool read_stack(struct reader *reader, const struct journal_stack *record, uint32_t size)
{
	struct stack *stack = arena_take(reader->arena, sizeof *stack);
	if (!decode_stack(record, size, stack))
		return false;
	stack->process = numbered_at(reader, record->head.process)->seen.process;
	add_known(reader, record, RECORD_STACK, stack);
	return true;
}

static void read_code(struct reader *reader, const struct journal_code *record)
{
	struct script_code *code = arena_take(reader->arena, sizeof *code);
	decode_code(&reader->source, record, code);
	add_known(reader, record, RECORD_CODE, code);
}

/* Frames wait for the second walk, when all code is known. */
static bool read_script_stack(struct reader *reader, const struct journal_script_stack *record, uint32_t size)
{
	struct script_stack *stack = arena_take(reader->arena, sizeof *stack);
	if (!decode_script_stack(reader->arena, record, size, stack))
		return false;
	add_known(reader, record, RECORD_SCRIPT_STACK, stack);
	return true;
}

static bool read_scope(struct reader *reader, const struct journal_scope *record)
{
	struct scope_change *change = list_add(reader, &reader->scopes, sizeof *change);
	change->process = numbered_at(reader, record->head.process)->seen.process;
	change->time_ns = record->time_ns;
	change->scope = string_at(reader, record->scope);
	return true;
}

static bool read_note(struct reader *reader, const struct journal_note *record)
{
	struct note_seen *note = list_add(reader, &reader->notes, sizeof *note);
	note->process = numbered_at(reader, record->head.process)->seen.process;
	note->note = record->note;
	note->time_ns = record->time_ns;
	note->detail = string_at(reader, record->detail);
	note->process->session |= record->note == NOTE_SESSION;
	note->process->asked |= record->note == NOTE_ASKED;
	return true;
}

static bool file_record(struct reader *reader, const void *record, uint16_t type, uint32_t size)
{
	switch (type) {
	case RECORD_AUDIT:
		return decode_audit(reader->arena, record, size, reader->out);
	case RECORD_AUDIT_END:
		decode_audit_end(record, reader->out);
		return true;
	case RECORD_PROCESS:
		return read_process(reader, record, size);
	case RECORD_EXEC:
		return read_exec(reader, record, size);
	case RECORD_EXIT:
		read_exit(reader, record);
		return true;
	case RECORD_KILLED:
		return read_killed(reader, record);
	case RECORD_MODULE:
		return read_module_record(reader, record, size);
	case RECORD_STACK:
		return read_stack(reader, record, size);
	case RECORD_CODE:
		read_code(reader, record);
		return true;
	case RECORD_SCRIPT_STACK:
		return read_script_stack(reader, record, size);
	case RECORD_SCOPE:
		return read_scope(reader, record);
	case RECORD_NOTE:
		return read_note(reader, record);
	case RECORD_WHY:
		return read_why(reader, record, size);
	case RECORD_EVENT:
		reader->events_counted++;
		return true;
	default: /* STRING, EXEC_FAILED: second walk or where they stand. Unknown: R7 */
		return true;
	}
}

static void visit_first(struct reader *reader, const struct journal_record *record, uint16_t type, uint32_t size)
{
	uint32_t least = decode_least(type);
	if (least && (size < least || !file_record(reader, record, type, size)))
		reader->out->bad++;
}

/* ---- records of the second walk ---- */

static const struct script_code *code_at(void *context, uint32_t reference)
{
	return known_at(&((struct reader *)context)->known, reference, RECORD_CODE);
}

static void fill_script_stack(struct reader *reader, const struct journal_script_stack *record)
{
	struct script_stack *stack =
		known_at(&reader->known, (uint32_t)(offset_of(reader, record) / 8), RECORD_SCRIPT_STACK);
	if (stack)
		decode_script_frames(record, code_at, reader, stack);
}

static const struct object *objects_in(struct reader *reader, const struct journal_object *at, size_t count)
{
	struct object *objects = count ? arena_take(reader->arena, count * sizeof *objects) : NULL;
	for (size_t i = 0; i < count; i++)
		objects[i] = (struct object){at[i].address, string_at(reader, at[i].type), at[i].frame};
	return objects;
}

static bool read_event(struct reader *reader, const struct journal_event *record, uint32_t size)
{
	struct event_parts parts;
	if (!decode_event(record, size, &parts))
		return false;
	struct event *event = &reader->out->events[reader->out->event_count];
	*event = (struct event){
		.kind = record->kind,
		.object_count = record->objects,
		.flags = record->flags,
		.api = record->api,
		.mode = record->mode,
		.links = record->links,
		.tid = record->head.tid,
		.time_ns = record->time_ns,
		.offset = offset_of(reader, record),
		.page = record->page,
		.process = numbered_at(reader, record->head.process)->seen.process,
		.native = known_at(&reader->known, record->native, RECORD_STACK),
		.script = known_at(&reader->known, record->script, RECORD_SCRIPT_STACK),
		.base = string_at(reader, record->base),
		.path = parts.path,
		.scope = string_at(reader, record->scope),
		.objects = objects_in(reader, parts.objects, record->objects),
	};
	reader->out->event_count++;
	if ((record->native && !event->native) || (record->script && !event->script) ||
	    (record->base && !event->base.size))
		*(uint64_t *)list_add(reader, &reader->dangling, sizeof event->offset) = event->offset;
	if (record->kind != EVENT_RENAMED && record->kind != EVENT_LINKED)
		return true;
	struct event_move *move = arena_take(reader->arena, sizeof *move);
	move->base2 = string_at(reader, record->base2);
	move->path2 = parts.path2;
	if (parts.replaced) {
		move->replaced = parts.replaced->page;
		move->replaced_links = parts.replaced->links;
		move->replaced_mode = parts.replaced->mode;
	}
	event->move = move;
	return true;
}

static bool mark_failed(struct reader *reader, const struct journal_exec_failed *record)
{
	struct exec_seen *execs = (struct exec_seen *)reader->execs.at;
	uint64_t offset = (uint64_t)record->exec * 8;
	size_t at = COUNT_BEFORE(reader->execs.count, i, execs[i].offset < offset);
	return at < reader->execs.count && execs[at].offset == offset && (execs[at].failed = true);
}

static void visit_second(struct reader *reader, const struct journal_record *record, uint16_t type, uint32_t size)
{
	if (size < decode_least(type))
		return;
	if (type == RECORD_EVENT && reader->out->event_count < reader->events_counted)
		reader->out->bad += !read_event(reader, (const void *)record, size);
	else if (type == RECORD_SCRIPT_STACK)
		fill_script_stack(reader, (const void *)record);
	else if (type == RECORD_EXEC_FAILED)
		reader->out->bad += !mark_failed(reader, (const void *)record);
}

/* ---- putting it in order ---- */

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void sort_events(struct journal *out)
{
	for (size_t i = 1; i < out->event_count; i++)
		if (by_time(&out->events[i - 1], &out->events[i]) > 0) {
			qsort(out->events, out->event_count, sizeof *out->events, by_time);
			return;
		}
}

static int by_start(const void *a, const void *b)
{
	const struct process_seen *x = a, *y = b;
	if (!x->offset != !y->offset)
		return x->offset ? -1 : 1; /* those without a record last */
	if (x->process->started_ns != y->process->started_ns)
		return x->process->started_ns < y->process->started_ns ? -1 : 1;
	return x->process->number < y->process->number ? -1 : x->process->number > y->process->number;
}

static void link_processes(struct reader *reader)
{
	size_t count = HASH_COUNT(reader->numbered), i = 0;
	struct process_seen *seen = arena_take(reader->arena, (count + 1) * sizeof *seen);
	for (struct numbered *numbered = reader->numbered, *parent; numbered; numbered = numbered->hh.next) {
		seen[i] = numbered->seen;
		if (numbered->seen.parent) {
			HASH_FIND(hh, reader->numbered, &numbered->seen.parent, sizeof numbered->seen.parent, parent);
			seen[i].forker = parent ? parent->seen.process : NULL;
		}
		i++;
	}
	qsort(seen, count, sizeof *seen, by_start);
	process_link(reader->out, seen, count, (struct exec_seen *)reader->execs.at, reader->execs.count,
		     (struct killed_seen *)reader->killed.at, reader->killed.count);
}

static void link_underway(struct reader *reader)
{
	const struct underway_seen *seen = (const struct underway_seen *)reader->underway.at;
	size_t count = reader->underway.count;
	reader->out->underway = arena_take(reader->arena, (count + 1) * sizeof *reader->out->underway);
	reader->out->underway_count = count;
	for (size_t i = 0; i < count; i++) {
		struct numbered *numbered;
		HASH_FIND(hh, reader->numbered, &seen[i].process, sizeof seen[i].process, numbered);
		reader->out->underway[i] = (struct underway){.process = numbered ? numbered->seen.process : NULL,
							     .offset = seen[i].offset,
							     .making = seen[i].making,
							     .removing = seen[i].removing,
							     .torn = seen[i].torn};
	}
}

static int by_process_time(const struct process *p, const struct process *q, uint64_t s, uint64_t t)
{
	if (p != q)
		return p < q ? -1 : 1;
	return s < t ? -1 : s > t;
}

static int by_module(const void *a, const void *b)
{
	const struct module_seen *x = a, *y = b;
	return by_process_time(x->process, y->process, x->module.time_ns, y->module.time_ns);
}

static int by_change(const void *a, const void *b)
{
	const struct scope_change *x = a, *y = b;
	return by_process_time(x->process, y->process, x->time_ns, y->time_ns);
}

static int by_event(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;
	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

/* Gives each process its slice of the modules and scope changes. */
static void slice(struct reader *reader)
{
	struct module_seen *seen = (struct module_seen *)reader->modules.at;
	struct scope_change *changes = (struct scope_change *)reader->scopes.at;
	struct module *modules = arena_take(reader->arena, reader->modules.count * sizeof *modules + 1);
	if (reader->modules.count)
		qsort(seen, reader->modules.count, sizeof *seen, by_module);
	for (size_t i = 0; i < reader->modules.count; i++) {
		modules[i] = seen[i].module;
		if (!seen[i].process->module_count++)
			seen[i].process->modules = &modules[i];
	}
	if (reader->scopes.count)
		qsort(changes, reader->scopes.count, sizeof *changes, by_change);
	for (size_t i = 0; i < reader->scopes.count; i++)
		if (!changes[i].process->scope_count++)
			changes[i].process->scopes = &changes[i];
	reader->out->module_count = reader->modules.count;
	reader->out->scopes = changes;
	reader->out->scope_count = reader->scopes.count;
	reader->out->causes = (struct cause *)reader->causes.at;
	reader->out->cause_count = reader->causes.count;
	if (reader->causes.count)
		qsort(reader->causes.at, reader->causes.count, sizeof *reader->out->causes, by_event);
	reader->out->notes = (struct note_seen *)reader->notes.at;
	reader->out->note_count = reader->notes.count;
}

static int read_all(struct arena *arena, const void *bytes, size_t size, const char *name, bool warns,
		    struct journal *out)
{
	*out = (struct journal){.arena = arena,
				.name = name,
				.cwd = text_none(),
				.host = text_none(),
				.version = text_none(),
				.tmpdir = text_none(),
				.settings = text_none()};
	if ((uintptr_t)bytes % 8) /* records are read in place */
		bytes = memcpy(arena_take(arena, size + 1), bytes, size);
	const struct journal_header *header = bytes;
	if (header_check(header, size, name))
		return -1;
	out->started_ns = header->started_ns;
	out->creator_pid = header->creator_pid;
	memcpy(out->counters, header->counters, sizeof out->counters);
	uint64_t next_free = header->next_free < JOURNAL_CAPACITY_MAX ? header->next_free : JOURNAL_CAPACITY_MAX;
	struct reader reader = {
		.source = {record_at},
		.arena = arena,
		.known = {.arena = arena},
		.out = out,
		.bytes = bytes,
		.size = size,
		.end = (next_free + CHUNK_ALIGN - 1) & ~(uint64_t)(CHUNK_ALIGN - 1),
	};
	walk(&reader, visit_first, true);
	known_index(&reader.known, size / 8 + 1);
	out->events = arena_take(arena, (reader.events_counted + 1) * sizeof *out->events);
	walk(&reader, visit_second, false);
	sort_events(out);
	link_processes(&reader);
	link_underway(&reader);
	out->dangling = (uint64_t *)(void *)reader.dangling.at;
	out->dangling_count = reader.dangling.count;
	slice(&reader);
	root_apply(out);
	HASH_CLEAR(hh, reader.numbered);
	if (warns)
		header_warn(out, header, size);
	return 0;
}

int journal_read(struct arena *arena, const void *bytes, size_t size, const char *name, struct journal *out)
{
	return read_all(arena, bytes, size, name, true, out);
}

int journal_read_again(struct arena *arena, const void *bytes, size_t size, const char *name, struct journal *out)
{
	return read_all(arena, bytes, size, name, false, out);
}
