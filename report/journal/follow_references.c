/*
 * follow_references.c - what the events of a growing journal refer to. Must not look at events.
 */
#include "journal/follow_references.h"
#include "base/arena.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define HELLO_NS UINT64_C(2000000000) /* from exec to the first record */
enum { STARTED_MAX = 64 };

struct known_process {
	struct process process; /* first */
	size_t module_room;
	bool told;        /* its PROCESS record was read */
	struct text root; /* what it changed its root directory to; "" the machine's */
	bool root_unknown;
	UT_hash_handle hh, hh_pid; /* by number; the latest of each pid */
};

struct fetched {
	struct fetched_key {
		uint32_t reference, type;
	} key;
	const void *parsed; /* NULL: there is none */
	UT_hash_handle hh;
};

struct name {
	uint32_t reference;
	struct text text;
	UT_hash_handle hh;
};

/* An EXEC whose program has not said hello yet. */
struct started {
	uint64_t time_ns;
	uint32_t pid, reference;
	const char *why; /* it will not */
	struct text path;
};

struct references {
	struct source source; /* first */
	struct follow *follow;
	struct journal *journal;
	struct arena *arena, *into; /* into: where the source puts what it fetches */
	struct arena *names_arena;
	struct known_process *processes, *by_pid;
	struct process *last;
	struct fetched *fetched;
	struct name *names;
	struct started started[STARTED_MAX];
	size_t started_count;
	struct root_change *roots;
	size_t root_count, root_room;
	struct process **running;
	size_t running_room;
	const char *unseen;
};

static const void *fetch(struct source *source, uint32_t reference, uint16_t type, uint32_t least, uint32_t *size)
{
	struct references *references = (struct references *)source;
	return follow_record(references->follow, references->into, reference, type, least, size);
}

struct references *references_open(struct follow *follow, struct journal *journal)
{
	struct references *references = arena_take(journal->arena, sizeof *references);
	references->source.record = fetch;
	references->follow = follow;
	references->journal = journal;
	references->arena = references->into = journal->arena;
	references->names_arena = arena_new();
	references->unseen = "";
	return references;
}

void references_close(struct references *references)
{
	HASH_CLEAR(hh_pid, references->by_pid);
	HASH_CLEAR(hh, references->processes);
	HASH_CLEAR(hh, references->fetched);
	HASH_CLEAR(hh, references->names);
	arena_free(references->names_arena);
	free(references->running);
}

struct follow *references_follow(const struct references *references)
{
	return references->follow;
}

/* ---- processes ---- */

static struct known_process *process_at(struct references *references, uint32_t number)
{
	struct known_process *known;
	HASH_FIND(hh, references->processes, &number, sizeof number, known);
	if (known)
		return known;
	known = arena_take(references->arena, sizeof *known);
	known->process = (struct process){
		.number = number, .status = -1, .audited = true, .exe = text_none(), .tmpdir = text_none()};
	HASH_ADD(hh, references->processes, process.number, sizeof number, known);
	return known;
}

struct process *references_process(struct references *references, uint32_t number)
{
	if (!references->last || references->last->number != number)
		references->last = &process_at(references, number)->process;
	return references->last;
}

/* The image that the new one takes the place of, if that one still runs. */
static struct known_process *take_pid(struct references *references, struct known_process *known)
{
	struct known_process *before;
	HASH_FIND(hh_pid, references->by_pid, &known->process.pid, sizeof known->process.pid, before);
	if (before)
		HASH_DELETE(hh_pid, references->by_pid, before);
	HASH_ADD(hh_pid, references->by_pid, process.pid, sizeof known->process.pid, known);
	return before && !before->process.ended_ns ? before : NULL;
}

static void inherit(struct known_process *known, const struct known_process *from)
{
	known->root = from->root;
	known->root_unknown = from->root_unknown;
}

/* What a forked one's record left out is as its original's. A link leads only to an earlier one, so that there are no circles. */
static void link_forked(struct known_process *known, struct known_process *original)
{
	struct process *process = &known->process, *parent = &original->process;
	bool earlier = parent->started_ns < process->started_ns ||
		       (parent->started_ns == process->started_ns && parent->number < process->number);
	if (!original->told || !earlier)
		return;
	process->parent = parent;
	if (!process->exe.size)
		process->exe = parent->exe;
	if (!process->tmpdir.size)
		process->tmpdir = parent->tmpdir;
	if (!process->argc) {
		process->argv = parent->argv;
		process->argc = parent->argc;
	}
	inherit(known, original);
}

static void started_drop(struct references *references, size_t i)
{
	references->started[i] = references->started[--references->started_count];
}

/* Its program has said hello. */
static void started_arrived(struct references *references, uint32_t pid)
{
	for (size_t i = references->started_count; i-- > 0;)
		if (references->started[i].pid == pid)
			started_drop(references, i);
}

static bool file_process(struct references *references, const struct journal_process *record, uint32_t size)
{
	struct known_process *known = record->head.process ? process_at(references, record->head.process) : NULL;
	if (!known || known->told ||
	    !decode_process(&references->source, references->arena, record, size, &known->process))
		return false;
	known->told = true;
	known->process.argv = known->process.argc ? known->process.argv : NULL;
	struct known_process *before = take_pid(references, known);
	if (before)
		before->process.replaced = true;
	if (known->process.forked) {
		link_forked(known, process_at(references, record->parent));
		return true;
	}
	if (before)
		inherit(known, before);
	started_arrived(references, known->process.pid);
	return true;
}

static void file_killed(struct references *references, const struct journal_killed *record)
{
	struct known_process *known;
	HASH_FIND(hh_pid, references->by_pid, &record->pid, sizeof record->pid, known);
	if (!known || known->process.ended_ns || known->process.started_ns > record->time_ns)
		return;
	known->process.ended_ns = record->time_ns;
	known->process.signal = (int)record->signal;
}

/* Room for one more at `at`. A module never changes its place in memory: symbol.c knows it by that. */
static void module_room(struct references *references, struct known_process *known, size_t at)
{
	struct process *process = &known->process;
	size_t count = process->module_count;
	const struct module *before = process->modules;
	if (at < count)
		known->module_room = count; /* a copy */
	process->modules =
		arena_grow(references->arena, process->modules, count, &known->module_room, sizeof *before, 16);
	if (at < count)
		memcpy(&process->modules[at + 1], &before[at], (count - at) * sizeof *before);
}

static bool file_module(struct references *references, const struct journal_module *record, uint32_t size)
{
	struct known_process *known = process_at(references, record->head.process);
	struct process *process = &known->process;
	struct module module;
	if (!decode_module(&references->source, record, size, &module))
		return false;
	size_t at = process->module_count;
	while (at && process->modules[at - 1].time_ns > module.time_ns) /* mostly in order */
		at--;
	module_room(references, known, at);
	process->modules[at] = module;
	process->module_count++;
	return true;
}

size_t references_processes(const struct references *references)
{
	return HASH_COUNT(references->processes);
}

struct process **references_running(struct references *references, size_t *count)
{
	size_t room = HASH_COUNT(references->processes);
	*count = 0;
	if (room > references->running_room) {
		free(references->running);
		references->running_room = 2 * room;
		references->running = malloc(references->running_room * sizeof *references->running);
	}
	for (struct known_process *at = references->processes; at && references->running; at = at->hh.next)
		if (at->told && !at->process.ended_ns && !at->process.replaced)
			references->running[(*count)++] = &at->process;
	return references->running;
}

/* ---- root directories ---- */

static struct text joined(struct arena *arena, struct text root, struct text path)
{
	return text_of(arena_format(arena, "%.*s%.*s", (int)root.size, root.at, (int)path.size, path.at));
}

static void change_root(struct references *references, const struct journal_note *record)
{
	struct known_process *known = process_at(references, record->head.process);
	struct text to = decode_string(&references->source, record->detail);
	while (to.size && to.at[to.size - 1] == '/')
		to.size--;
	known->root_unknown |=
		!record->detail || (to.size && to.at[0] != '/') || known->root.size + to.size >= PATH_MAX;
	known->root = known->root_unknown ? text_none() : joined(references->arena, known->root, to);
	references->roots = arena_grow(references->arena, references->roots, references->root_count,
				       &references->root_room, sizeof *references->roots, 4);
	references->roots[references->root_count++] =
		(struct root_change){&known->process, record->time_ns, known->root, !known->root_unknown};
}

size_t references_roots(const struct references *references, struct root_change **out)
{
	*out = references->roots;
	return references->root_count;
}

bool references_rooted(struct references *references, const struct process *process, struct text *base,
		       struct text *path)
{
	const struct known_process *known = (const struct known_process *)process;
	if (!known->root.size || known->root_unknown)
		return !known->root_unknown;
	if (path->size && path->at[0] == '/') {
		*base = known->root;
		for (; path->size > 1 && path->at[0] == '/'; path->size--)
			path->at++;
	} else if (base->size && base->at[0] == '/') {
		*base = joined(references->names_arena, known->root, *base);
	}
	return true;
}

/* ---- what is not seen ---- */

static const char *note_text(uint32_t note)
{
	enum { INCOMPLETE = 1, LIMIT = 0 };
	switch (note) {
#define X(number, name, kind, text)                                                                                    \
	case number:                                                                                                   \
		return kind ? text : NULL;
		JOURNAL_NOTE_TABLE(X)
#undef X
	default:
		return NULL;
	}
}

static void say_unseen(struct references *references, struct text who, const char *what)
{
	if (!*references->unseen)
		references->unseen = arena_format(references->arena, "%s %s",
						  text_shown(references->arena, text_basename(who)), what);
}

static void file_note(struct references *references, const struct journal_note *record)
{
	const char *text = note_text(record->note);
	if (record->note == NOTE_CHROOT && record->time_ns)
		change_root(references, record);
	if (text)
		say_unseen(references, process_at(references, record->head.process)->process.exe, text);
}

static bool file_exec(struct references *references, const struct journal_exec *record, uint32_t size, uint64_t offset)
{
	if ((uint64_t)record->path_size + record->argv_size > size - sizeof *record)
		return false;
	if (references->started_count == STARTED_MAX)
		started_drop(references, 0);
	const char *why = record->head.flags & EXEC_OUT_OF_REACH       ? "was started where the library is out of reach"
			  : record->head.flags & EXEC_ENVIRONMENT_LOST ? "was started with a cleared environment"
								       : NULL;
	references->started[references->started_count++] = (struct started){
		.time_ns = record->time_ns,
		.pid = record->pid,
		.reference = (uint32_t)(offset / 8),
		.why = why,
		.path = {(const char *)(record + 1), record->path_size},
	};
	return true;
}

static void exec_failed(struct references *references, const struct journal_exec_failed *record)
{
	for (size_t i = references->started_count; i-- > 0;)
		if (references->started[i].reference == record->exec)
			started_drop(references, i);
}

static const char *lost(const struct references *references)
{
	const uint64_t *counters = follow_state(references->follow)->header.counters;
	enum { LOSS = 1, LIMIT = 0 };
#define X(number, kind, name, text)                                                                                    \
	if (kind && counters[number])                                                                                  \
		return "events were lost: " text;
	JOURNAL_COUNTER_TABLE(X)
#undef X
	return NULL;
}

const char *references_unseen(struct references *references, uint64_t now_ns)
{
	for (size_t i = 0; i < references->started_count; i++) {
		struct started *started = &references->started[i];
		if (now_ns > started->time_ns && now_ns - started->time_ns > HELLO_NS) {
			say_unseen(references, started->path, started->why ? started->why : "is not audited");
			started_drop(references, i--);
		}
	}
	const char *losses = lost(references);
	return losses ? losses : references->unseen;
}

/* ---- stacks ---- */

static struct fetched *fetched_at(struct references *references, uint32_t reference, uint16_t type, bool *known)
{
	struct fetched_key key = {reference, type};
	struct fetched *fetched;
	HASH_FIND(hh, references->fetched, &key, sizeof key, fetched);
	*known = fetched != NULL;
	if (fetched)
		return fetched;
	fetched = arena_take(references->arena, sizeof *fetched);
	fetched->key = key;
	HASH_ADD(hh, references->fetched, key, sizeof fetched->key, fetched);
	return fetched;
}

const struct stack *references_stack(struct references *references, uint32_t reference)
{
	bool known;
	struct fetched *fetched = reference ? fetched_at(references, reference, RECORD_STACK, &known) : NULL;
	if (!fetched || known)
		return fetched ? fetched->parsed : NULL;
	uint32_t size;
	const struct journal_stack *record = fetch(&references->source, reference, RECORD_STACK, sizeof *record, &size);
	struct stack *stack = arena_take(references->arena, sizeof *stack);
	if (!record || !decode_stack(record, size, stack))
		return NULL;
	stack->process = references_process(references, record->head.process);
	return fetched->parsed = stack;
}

static const struct script_code *code_at(void *context, uint32_t reference)
{
	struct references *references = context;
	bool known;
	struct fetched *fetched = reference ? fetched_at(references, reference, RECORD_CODE, &known) : NULL;
	if (!fetched || known)
		return fetched ? fetched->parsed : NULL;
	uint32_t size;
	const struct journal_code *record = fetch(&references->source, reference, RECORD_CODE, sizeof *record, &size);
	if (!record)
		return NULL;
	struct script_code *code = arena_take(references->arena, sizeof *code);
	decode_code(&references->source, record, code);
	return fetched->parsed = code;
}

const struct script_stack *references_script(struct references *references, uint32_t reference)
{
	bool known;
	struct fetched *fetched = reference ? fetched_at(references, reference, RECORD_SCRIPT_STACK, &known) : NULL;
	if (!fetched || known)
		return fetched ? fetched->parsed : NULL;
	uint32_t size;
	const struct journal_script_stack *record =
		fetch(&references->source, reference, RECORD_SCRIPT_STACK, sizeof *record, &size);
	struct script_stack *stack = arena_take(references->arena, sizeof *stack);
	if (!record || !decode_script_stack(references->arena, record, size, stack))
		return NULL;
	decode_script_frames(record, code_at, references, stack);
	return fetched->parsed = stack;
}

/* ---- names ---- */

struct text references_name(struct references *references, uint32_t reference)
{
	struct name *name;
	if (!reference)
		return text_none();
	HASH_FIND(hh, references->names, &reference, sizeof reference, name);
	if (name)
		return name->text;
	name = arena_take(references->names_arena, sizeof *name);
	name->reference = reference;
	references->into = references->names_arena;
	name->text = decode_string(&references->source, reference);
	references->into = references->arena;
	HASH_ADD(hh, references->names, reference, sizeof name->reference, name);
	return name->text;
}

void references_forget(struct references *references)
{
	HASH_CLEAR(hh, references->names);
	arena_free(references->names_arena);
	references->names_arena = arena_new();
}

/* ---- filing ---- */

/* The visitor's bytes go; what is borrowed from a record has to stay. */
static const void *kept(struct references *references, const void *record, uint32_t size)
{
	return memcpy(arena_take(references->arena, size), record, size);
}

void references_file(struct references *references, const struct journal_record *record, uint16_t type, uint32_t size,
		     uint64_t offset)
{
	if (size < decode_least(type))
		return;
	switch (type) {
	case RECORD_AUDIT:
		decode_audit(references->arena, kept(references, record, size), size, references->journal);
		return;
	case RECORD_AUDIT_END:
		decode_audit_end((const void *)record, references->journal);
		return;
	case RECORD_PROCESS:
		file_process(references, kept(references, record, size), size);
		return;
	case RECORD_EXEC:
		file_exec(references, kept(references, record, size), size, offset);
		return;
	case RECORD_EXEC_FAILED:
		exec_failed(references, (const void *)record);
		return;
	case RECORD_EXIT:
		decode_exit((const void *)record, references_process(references, record->process));
		return;
	case RECORD_KILLED:
		file_killed(references, (const void *)record);
		return;
	case RECORD_MODULE:
		file_module(references, kept(references, record, size), size);
		return;
	case RECORD_NOTE:
		file_note(references, (const void *)record);
		return;
	default:
		return;
	}
}
