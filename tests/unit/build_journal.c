/*
 * build_journal.c - makes journals in memory. Writes only what format.h allows; a test that wants damage does it
 * itself.
 */
#include "build_journal.h"
#include "format.h"
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK_BYTES 65536u

static struct journal_chunk *chunk_of(struct builder *builder)
{
	return (struct journal_chunk *)(builder->bytes + builder->chunk);
}

static void open_chunk(struct builder *builder)
{
	if (builder->size + CHUNK_BYTES > builder->room) {
		builder->room = 2 * builder->room + CHUNK_BYTES;
		builder->bytes = realloc(builder->bytes, builder->room);
		assert(builder->bytes);
	}
	builder->chunk = builder->size;
	builder->size += CHUNK_BYTES;
	memset(builder->bytes + builder->chunk, 0, CHUNK_BYTES);
	*chunk_of(builder) =
		(struct journal_chunk){.magic = CHUNK_MAGIC, .size = CHUNK_BYTES, .used = sizeof(struct journal_chunk)};
}

/* Space for a record; valid until the next one. */
static void *take(struct builder *builder, uint16_t type, uint32_t process, size_t size, uint32_t *reference)
{
	size = (size + 7) & ~(size_t)7;
	if (!builder->chunk || chunk_of(builder)->used + size > CHUNK_BYTES)
		open_chunk(builder);
	uint64_t offset = builder->chunk + chunk_of(builder)->used;
	chunk_of(builder)->used += size;
	struct journal_record *record = (struct journal_record *)(builder->bytes + offset);
	*record = (struct journal_record){.size = (uint32_t)size, .type = type, .process = process, .tid = 100};
	if (reference)
		*reference = (uint32_t)(offset / 8);
	return record;
}

static uint64_t tick(struct builder *builder)
{
	return builder->now += 1000000;
}

struct builder *build_new(const char *cwd)
{
	struct builder *builder = calloc(1, sizeof *builder);
	assert(builder);
	builder->now = 1000000000000;
	builder->room = 4 * CHUNK_BYTES;
	builder->bytes = calloc(1, builder->room);
	builder->size = JOURNAL_HEADER_SIZE;
	struct journal_header *header = (void *)builder->bytes;
	memcpy(header->magic, JOURNAL_MAGIC, 8);
	header->version = JOURNAL_VERSION;
	header->header_size = JOURNAL_HEADER_SIZE;
	header->started_ns = builder->now;
	header->creator_pid = 100;
	struct journal_audit *audit = take(builder, RECORD_AUDIT, 0, sizeof *audit + strlen(cwd) + 4 + 5, NULL);
	audit->time_ns = tick(builder);
	audit->cwd_size = (uint32_t)strlen(cwd);
	audit->host_size = 4;
	audit->argc = 1;
	memcpy(audit + 1, cwd, strlen(cwd));
	memcpy((char *)(audit + 1) + strlen(cwd), "hostprog", 9);
	build_process(builder, PROCESS_EXECED, 100, 99, 0, "/bin/prog", NULL);
	return builder;
}

void build_free(struct builder *builder)
{
	free(builder->bytes);
	free(builder);
}

void build_finish(struct builder *builder)
{
	struct journal_header *header = (void *)builder->bytes;
	header->capacity = header->next_free = builder->size;
	header->next_process = builder->processes + 1;
}

uint32_t build_string(struct builder *builder, const char *string)
{
	uint32_t reference;
	if (!string || !*string)
		return 0;
	struct journal_string *record =
		take(builder, RECORD_STRING, 1, sizeof *record + strlen(string) + 1, &reference);
	record->length = (uint32_t)strlen(string);
	memcpy(record + 1, string, record->length);
	return reference;
}

uint32_t build_process(struct builder *builder, uint32_t kind, uint32_t pid, uint32_t ppid, uint32_t parent,
		       const char *exe, const char *tmpdir)
{
	uint32_t exe_at = build_string(builder, exe), tmpdir_at = build_string(builder, tmpdir),
		 number = ++builder->processes;
	struct journal_process *record = take(builder, RECORD_PROCESS, number, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->pid = pid;
	record->ppid = ppid;
	record->parent = parent;
	record->kind = kind;
	record->exe = exe_at;
	record->tmpdir = tmpdir_at;
	return number;
}

uint32_t build_exec(struct builder *builder, uint32_t process, uint32_t pid, uint32_t ppid, const char *path,
		    uint16_t flags)
{
	uint32_t reference;
	struct journal_exec *record = take(builder, RECORD_EXEC, process, sizeof *record + strlen(path), &reference);
	record->head.flags = flags;
	record->time_ns = tick(builder);
	record->pid = pid;
	record->ppid = ppid;
	record->path_size = (uint32_t)strlen(path);
	memcpy(record + 1, path, strlen(path));
	return reference;
}

void build_exec_failed(struct builder *builder, uint32_t exec, uint32_t pid)
{
	struct journal_exec_failed *record = take(builder, RECORD_EXEC_FAILED, 1, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->exec = exec;
	record->pid = pid;
}

void build_exit(struct builder *builder, uint32_t process, int status, uint32_t how)
{
	struct journal_exit *record = take(builder, RECORD_EXIT, process, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->status = status;
	record->how = how;
}

void build_scope(struct builder *builder, uint32_t process, const char *scope)
{
	uint32_t string = build_string(builder, scope);
	struct journal_scope *record = take(builder, RECORD_SCOPE, process, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->scope = string;
}

void build_killed(struct builder *builder, uint32_t process, uint32_t pid, uint32_t ppid, uint32_t signal)
{
	struct journal_killed *record = take(builder, RECORD_KILLED, process, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->pid = pid;
	record->ppid = ppid;
	record->signal = signal;
}

void build_note(struct builder *builder, uint32_t process, uint32_t note)
{
	struct journal_note *record = take(builder, RECORD_NOTE, process, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->note = note;
}

void build_chroot(struct builder *builder, uint32_t process, const char *directory)
{
	uint32_t detail = build_string(builder, directory);
	struct journal_note *record = take(builder, RECORD_NOTE, process, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->note = NOTE_CHROOT;
	record->detail = detail;
}

void build_end(struct builder *builder, int wait_status)
{
	struct journal_audit_end *record = take(builder, RECORD_AUDIT_END, 0, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->wait_status = wait_status;
}

void build_module(struct builder *builder, uint32_t process, const char *path, uint64_t bias, uint64_t start,
		  uint64_t end)
{
	uint32_t string = build_string(builder, path);
	struct journal_module *record = take(builder, RECORD_MODULE, process, sizeof *record, NULL);
	record->time_ns = tick(builder);
	record->bias = bias;
	record->start = start;
	record->end = end;
	record->path = string;
}

uint32_t build_stack(struct builder *builder, uint32_t process, const uint64_t *addresses, uint32_t count)
{
	uint32_t reference;
	struct journal_stack *record = take(builder, RECORD_STACK, process, sizeof *record + count * 8, &reference);
	record->time_ns = tick(builder);
	record->count = count;
	memcpy(record + 1, addresses, count * 8);
	return reference;
}

uint32_t build_python(struct builder *builder, const char *file, const char *function, int line)
{
	uint32_t file_at = build_string(builder, file), function_at = build_string(builder, function), code_at,
		 reference;
	struct journal_code *code = take(builder, RECORD_CODE, 1, sizeof *code, &code_at);
	code->file = file_at;
	code->function = function_at;
	struct journal_script_frame frame = {code_at, line};
	struct journal_script_stack *record =
		take(builder, RECORD_SCRIPT_STACK, 1, sizeof *record + sizeof frame, &reference);
	record->count = 1;
	memcpy(record + 1, &frame, sizeof frame);
	return reference;
}

void build_why(struct builder *builder, uint32_t event, uint64_t object, uint16_t kind, uint8_t moment,
	       const char *texts, size_t size)
{
	struct journal_why *record = take(builder, RECORD_WHY, 1, sizeof *record + size, NULL);
	record->time_ns = tick(builder);
	record->event = event;
	record->object = object;
	record->kind = kind;
	record->moment = moment;
	record->alive = 1;
	record->text_size = (uint32_t)size;
	memcpy(record + 1, texts, size);
}

uint32_t build_event_(struct builder *builder, struct build_event event)
{
	uint32_t scope = build_string(builder, event.scope), type = event.object ? build_string(builder, "Table") : 0,
		 reference;
	struct journal_object object = {event.object, type, 0};
	size_t objects = event.object ? sizeof object : 0;
	const char *path2 = event.path2 ? event.path2 : "";
	bool replaced = event.replaced;
	size_t size = sizeof(struct journal_event) + (replaced ? sizeof(struct journal_replaced) : 0) + objects +
		      strlen(event.path) + strlen(path2);
	struct journal_event *record = take(builder, RECORD_EVENT, event.process ? event.process : 1, size, &reference);
	record->time_ns = tick(builder) + (uint64_t)event.shift_ns;
	record->page = (struct identity){BUILD_DEVICE, event.inode, event.birth_ns};
	record->native = event.native;
	record->script = event.script;
	record->scope = scope;
	record->links = event.links ? event.links : 1;
	record->api = event.api ? event.api : 1;
	record->mode = event.mode ? event.mode : S_IFREG | 0644;
	record->path_size = (uint16_t)strlen(event.path);
	record->path2_size = (uint16_t)strlen(path2);
	record->flags = event.flags | (replaced ? EVENT_REPLACED : 0);
	record->kind = event.kind ? event.kind : EVENT_MADE;
	char *at = (char *)(record + 1);
	if (replaced) {
		struct journal_replaced old = {{BUILD_DEVICE, event.replaced, event.replaced_birth_ns},
					       event.replaced_links ? event.replaced_links : 1,
					       event.replaced_mode ? event.replaced_mode : S_IFREG | 0644};
		memcpy(at, &old, sizeof old);
		at += sizeof old;
	}
	record->objects = event.object != 0;
	memcpy(at, &object, objects);
	at += objects;
	memcpy(at, event.path, strlen(event.path));
	memcpy(at + strlen(event.path), path2, strlen(path2));
	return reference;
}

struct builder *build_sample(void)
{
	struct builder *builder = build_new("/work");
	uint64_t addresses[] = {0x401001, 0x401101};
	build_module(builder, 1, "/bin/nothing-here", 0x400000, 0x401000, 0x402000);
	uint32_t stack = build_stack(builder, 1, addresses, 2),
		 python = build_python(builder, "/x/tempfile.py", "mkdtemp", 3);
	build_scope(builder, 1, "scope");
	build_event(builder, .path = "/tmp/d", .inode = 1, .birth_ns = 5, .mode = S_IFDIR | 0755, .native = stack,
		    .script = python);
	build_event(builder, .path = "/tmp/d/../d/x", .inode = 2, .birth_ns = 5, .scope = "scope");
	build_event(builder, .kind = EVENT_RENAMED, .path = "/tmp/e", .path2 = "/tmp/d", .inode = 1, .birth_ns = 5,
		    .mode = S_IFDIR | 0755, .replaced = 2, .replaced_birth_ns = 5);
	build_event(builder, .kind = EVENT_LINKED, .path = "l", .path2 = "m", .inode = 3, .links = 2);
	uint32_t child = build_process(builder, PROCESS_FORKED, 101, 100, 1, NULL, "/tmp");
	build_exec(builder, child, 101, 100, "/nonexistent/x", 0);
	build_event(builder, .process = child, .kind = EVENT_RELEASED, .path = "/tmp/e/x", .inode = 2, .birth_ns = 5);
	uint32_t made =
		build_event(builder, .path = "/tmp/t", .inode = 9, .birth_ns = 5, .script = python, .object = 77);
	build_why(builder, made, 77, WHY_CYCLE, MOMENT_EXIT, "detail\0advice\0Table\0cycle", 26);
	build_why(builder, 0, 77, WHY_FINALIZER_FAILED, MOMENT_RAISED, "raised\0 ", 9);
	build_exit(builder, 1, 0, EXIT_GONE);
	build_end(builder, 9);
	build_finish(builder);
	return builder;
}
