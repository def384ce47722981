/*
 * decode.c - makes structs of the bytes of single records. Must not know where the bytes come from.
 */
#include "journal/decode.h"
#include "base/hash.h"
#include <signal.h>
#include <string.h>

uint32_t decode_least(uint16_t type)
{
	static const uint32_t sizes[] = {
#define X(number, torn, name, layout, meaning) [number] = sizeof(layout),
		JOURNAL_RECORD_TABLE(X)
#undef X
	};
	return type < sizeof sizes / sizeof *sizes ? sizes[type] : 0;
}

bool decode_torn_is_loss(const struct journal_record *record)
{
	enum { PART, LOSS };
	static const unsigned char losses[] = {[RECORD_NONE] = LOSS, /* of no type, or damaged */
#define X(number, torn, name, layout, meaning) [number] = torn,
					       JOURNAL_RECORD_TABLE(X)
#undef X
	};
	return record->flags >= sizeof losses || losses[record->flags];
}

struct text decode_string(struct source *source, uint32_t reference)
{
	uint32_t size;
	const struct journal_string *string =
		reference ? source->record(source, reference, RECORD_STRING, sizeof *string, &size) : NULL;
	if (!string || string->length > size - sizeof *string)
		return text_none();
	return (struct text){(const char *)(string + 1), string->length};
}

struct text *decode_strings(struct arena *arena, const char *at, size_t size, size_t *count)
{
	size_t strings = 0;
	for (size_t i = 0; i < size; i++)
		strings += !at[i] || i + 1 == size;
	struct text *out = arena_take(arena, strings * sizeof *out);
	*count = strings;
	for (size_t i = 0; i < strings; i++) {
		size_t length = strnlen(at, size);
		out[i] = (struct text){at, length};
		at += length + (length < size);
		size -= length + (length < size);
	}
	return out;
}

static void take_variable(struct text variable, const char *name, struct text *out)
{
	size_t size = strlen(name);
	if (text_starts(variable, name))
		*out = (struct text){variable.at + size, variable.size - size};
}

bool decode_audit(struct arena *arena, const struct journal_audit *audit, uint32_t size, struct journal *out)
{
	uint64_t fixed = (uint64_t)audit->cwd_size + audit->host_size + audit->version_size + sizeof *audit;
	if (fixed > size || out->command_count)
		return false;
	const char *at = (const char *)(audit + 1);
	out->cwd = (struct text){at, audit->cwd_size};
	out->host = (struct text){at += audit->cwd_size, audit->host_size};
	out->version = (struct text){at += audit->host_size, audit->version_size};
	size_t count;
	struct text *command = decode_strings(arena, at + audit->version_size, size - fixed, &count);
	if (count < audit->argc)
		return false;
	out->command = command;
	out->command_count = audit->argc; /* the rest is variables and padding */
	for (size_t i = audit->argc; i < count; i++) {
		take_variable(command[i], "TMPDIR=", &out->tmpdir);
		take_variable(command[i], "PAGELEAK=", &out->settings);
	}
	return true;
}

void decode_audit_end(const struct journal_audit_end *end, struct journal *out)
{
	out->has_end = true;
	out->wait_status = end->wait_status;
	out->ended_ns = end->time_ns;
	out->command_ended_ns = end->time_ns - end->before_ms * UINT64_C(1000000);
}

bool decode_process(struct source *source, struct arena *arena, const struct journal_process *record, uint32_t size,
		    struct process *out)
{
	if (record->argv_size > size - sizeof *record || !record->head.process)
		return false;
	out->pid = record->pid;
	out->ppid = record->ppid;
	out->uid = record->uid;
	out->uid_known = true;
	out->forked = record->kind == PROCESS_FORKED;
	out->started_ns = record->time_ns;
	out->exe = decode_string(source, record->exe);
	out->named = record->head.flags & PROCESS_NAMED;
	out->tmpdir = decode_string(source, record->tmpdir);
	out->scope = decode_string(source, record->scope);
	out->argv = decode_strings(arena, (const char *)(record + 1), record->argv_size, &out->argc);
	return true;
}

bool decode_exit(const struct journal_exit *record, struct process *process)
{
	if (record->status >= 0)
		process->status = record->status;
	if (record->how == EXIT_BEGUN) {
		if (!process->exit_begun_ns || record->time_ns < process->exit_begun_ns)
			process->exit_begun_ns = record->time_ns;
		return false;
	}
	if (record->time_ns >= process->ended_ns) { /* a handler of SIGABRT can still leave in order */
		process->ended_ns = record->time_ns;
		process->ended_cleanly = record->how != EXIT_ABORT;
		process->at_once = record->how == EXIT_AT_ONCE;
		process->signal = record->how == EXIT_ABORT ? SIGABRT : 0;
	}
	return record->how == EXIT_DAEMON;
}

bool decode_module(struct source *source, const struct journal_module *record, uint32_t size, struct module *out)
{
	if (record->build_id_size > size - sizeof *record || record->start >= record->end)
		return false;
	*out = (struct module){
		.bias = record->bias,
		.start = record->start,
		.end = record->end,
		.time_ns = record->time_ns,
		.path = decode_string(source, record->path),
		.build_id = {(const char *)(record + 1), record->build_id_size},
	};
	return true;
}

bool decode_stack(const struct journal_stack *record, uint32_t size, struct stack *out)
{
	if (record->count > (size - sizeof *record) / sizeof(uint64_t))
		return false;
	out->time_ns = record->time_ns;
	out->addresses = (const uint64_t *)(record + 1);
	out->count = record->count;
	out->cut = record->head.flags & STACK_CUT;
	return true;
}

static uint64_t key_add(uint64_t key, const void *bytes, size_t size)
{
	return hash_number(hash_bytes(key, bytes, size), size);
}

void decode_code(struct source *source, const struct journal_code *record, struct script_code *out)
{
	out->function = decode_string(source, record->function);
	out->file = decode_string(source, record->file);
	out->argument = decode_string(source, record->argument);
	out->first_line = record->first_line;
	out->key = key_add(HASH_START, out->function.at, out->function.size);
	out->key = key_add(out->key, out->file.at, out->file.size);
}

bool decode_script_stack_fits(const struct journal_script_stack *record, uint32_t size)
{
	return record->count <= (size - sizeof *record) / sizeof(struct journal_script_frame);
}

/* unittest calls a test's methods from case.py, these from suite.py. */
static bool is_class_fixture(struct text function)
{
	return text_ends(function, "setUpClass") || text_ends(function, "tearDownClass") ||
	       text_ends(function, "setUpModule") || text_ends(function, "tearDownModule");
}

void decode_script_stack(struct arena *arena, const struct journal_script_stack *record,
			 const struct script_code *(*code)(void *context, uint32_t reference), void *context,
			 struct script_stack *stack)
{
	const struct journal_script_frame *frames = (const void *)(record + 1);
	static const struct script_code unknown = {.function = {"", 0}, .file = {"", 0}, .argument = {"", 0}};
	stack->language = (enum journal_language)record->language;
	stack->count = stack->runner = record->count;
	stack->frames = arena_take(arena, record->count * sizeof *stack->frames);
	bool within = false;
	stack->key = HASH_START;
	for (uint32_t i = 0; i < stack->count; i++) {
		struct script_frame *frame = &stack->frames[i];
		const struct script_code *known = code(context, frames[i].code);
		frame->code = known ? known : &unknown;
		frame->line = frames[i].line > 0 ? frames[i].line : 0;
		bool runs = text_ends(frame->code->file, "/unittest/case.py") ||
			    (i && text_ends(frame->code->file, "/unittest/suite.py") &&
			     is_class_fixture(stack->frames[i - 1].code->function));
		if (runs && !within)
			stack->runner = i;
		within = runs;
		stack->key = key_add(stack->key ^ frame->code->key, &frame->line, sizeof frame->line);
	}
}

bool decode_exec(struct arena *arena, const struct journal_exec *record, uint32_t size, struct exec_seen *out)
{
	if ((uint64_t)record->path_size + record->argv_size > size - sizeof *record)
		return false;
	const char *path = (const char *)(record + 1), *argv = path + record->path_size;
	const char *user = argv + record->argv_size, *end = (const char *)record + size;
	*out = (struct exec_seen){
		.time_ns = record->time_ns,
		.pid = record->pid,
		.ppid = record->ppid,
		.flags = record->head.flags,
		.path = {path, record->path_size},
	};
	out->argv = decode_strings(arena, argv, record->argv_size, &out->argc);
	out->uid_known = record->head.flags & EXEC_USER && (size_t)(end - user) >= sizeof out->uid;
	if (out->uid_known)
		memcpy(&out->uid, user, sizeof out->uid);
	return true;
}

/* Gives "" for " ", which writers put for an empty field. */
static struct text unless_blank(struct text field)
{
	return text_is(field, " ") ? text_none() : field;
}

bool decode_why(struct arena *arena, const struct journal_why *record, uint32_t size, struct cause *out)
{
	size_t count;
	if (record->text_size > size - sizeof *record)
		return false;
	struct text *texts = decode_strings(arena, (const char *)(record + 1), record->text_size, &count);
	if (count < 2)
		return false;
	*out = (struct cause){
		.kind = record->kind < CAUSE_COLLECTED ? record->kind : CAUSE_UNKNOWN,
		.detail = unless_blank(texts[0]),
		.advice = unless_blank(texts[1]),
		.chain = texts + 2,
		.chain_count = count - 2,
		.asked = true,
		.alive = record->alive,
		.moment = record->moment,
		.event = (uint64_t)record->event * 8,
		.object = record->object,
		.time_ns = record->time_ns,
	};
	return true;
}

bool decode_event(const struct journal_event *record, uint32_t size, struct event_parts *out)
{
	bool replaced = record->flags & EVENT_REPLACED;
	uint64_t fixed = sizeof *record + (replaced ? sizeof(struct journal_replaced) : 0) +
			 record->objects * sizeof(struct journal_object);
	if (fixed + record->path_size + record->path2_size > size || record->kind < EVENT_MADE ||
	    record->kind > EVENT_LINKED)
		return false;
	const char *at = (const char *)(record + 1), *path = (const char *)record + fixed;
	out->replaced = replaced ? (const void *)at : NULL;
	out->objects = (const void *)(at + (replaced ? sizeof(struct journal_replaced) : 0));
	out->path = (struct text){path, record->path_size};
	out->path2 = (struct text){path + record->path_size, record->path2_size};
	return true;
}
