/*
 * build_journal.c - journals made in memory for tests. Writes only what format.h allows; tests damage it themselves.
 */
#include "base/arena.h"
#include "build_journal.h"
#include "coverage/coverage.h"
#include "coverage/unattributed.h"
#include "format.h"
#include "journal/read.h"
#include "judge/verdict.h"
#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/page_model.h"
#include "model/report_model.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK_BYTES 65536u
#define DEVICE 7

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
	builder->arena = arena_new();
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
	arena_free(builder->arena);
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
	record->page = (struct identity){DEVICE, event.inode, event.birth_ns};
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
		struct journal_replaced old = {{DEVICE, event.replaced, event.replaced_birth_ns},
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

/* ---- a disk ---- */

static struct disk_entry entry_of(const struct fake_file *file)
{
	return (struct disk_entry){.exists = true,
				   .identity = {DEVICE, file->inode, file->birth_ns},
				   .bytes = file->bytes,
				   .mode = file->mode ? file->mode : S_IFREG | 0644,
				   .uid = file->uid};
}

static struct disk_entry fake_look(struct disk *disk, const char *path)
{
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (!file->link && !strcmp(file->path, path))
			return entry_of(file);
	return (struct disk_entry){0};
}

/* Every directory exists and is its own, but for symlinks. */
static bool fake_resolve(struct disk *disk, const char *directory, char *out)
{
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (file->link && !strcmp(file->path, directory)) {
			strcpy(out, file->link);
			return true;
		}
	if (strstr(directory, ".."))
		return false;
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (file->link && !strncmp(file->path, directory, strlen(file->path)))
			return false; /* below the link: let the caller find it */
	strcpy(out, directory);
	return true;
}

static void fake_list(struct disk *disk, const char *directory, const struct identity *expected, uint64_t since_ns,
		      disk_visit *visit, void *context)
{
	struct disk_entry here = fake_look(disk, directory);
	(void)since_ns;
	if (!here.exists || here.identity.inode != expected->inode)
		return;
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++) {
		const char *name = strrchr(file->path, '/');
		if (file->link || (size_t)(name - file->path) != strlen(directory) ||
		    strncmp(file->path, directory, strlen(directory)))
			continue;
		struct disk_entry entry = entry_of(file);
		if (!visit(context, name + 1, &entry))
			return;
	}
}

static size_t fake_head(struct disk *disk, const char *path, char *out, size_t size)
{
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (!strcmp(file->path, path) && file->head && strlen(file->head) <= size)
			return memcpy(out, file->head, strlen(file->head)), strlen(file->head);
	return 0;
}

struct fake_disk fake_disk(const struct fake_file *files)
{
	return (struct fake_disk){{fake_look, fake_resolve, fake_list, fake_head}, files};
}

struct outcome outcome_of(struct builder *builder, const struct fake_file *files, const char *const *pages)
{
	struct outcome out = {.arena = arena_new()};
	struct fake_disk disk = fake_disk(files);
	struct rules rules = {.pages = pages, .cwd = "/work"};
	struct coverage coverage = {.complete = true};
	struct group_options options = {.mode = MODE_EXIT, .show_kept = true, .coverage = &coverage};
	struct unattributed_search survey = {.now_ns = builder->now};
	build_finish(builder);
	assert(!journal_read(out.arena, builder->bytes, builder->size, "test.data", &out.journal));
	out.symbols = symbols_open(out.arena, &out.journal);
	verdict_judge(&out.journal, out.symbols, &rules, &disk.disk, &out.pages);
	coverage_fill(&out.journal, NULL, &coverage);
	unattributed_find(&out.journal, &rules, &disk.disk, &survey, &coverage, &out.pages);
	group_findings(&out.journal, out.symbols, &out.pages, &options, &out.report);
	return out;
}

void outcome_free(struct outcome *outcome)
{
	symbols_close(outcome->symbols);
	arena_free(outcome->arena);
}

const struct page *outcome_page(const struct outcome *outcome, uint64_t inode)
{
	for (size_t i = 0; i < outcome->pages.count; i++)
		if (outcome->pages.at[i]->identity.inode == inode)
			return outcome->pages.at[i];
	return NULL;
}
