/*
 * why_targets.c - searches the journal that this process has mapped.
 *
 * Must not: take records of other processes for complete; those without a type are skipped (R4 to R7).
 */
#include "why/why_targets.h"
#include "journal/journal.h"
#include "system/raw.h"
#include "walk.h"
#include <string.h>
#include <sys/mman.h>

#define TARGETS_MOST 4096
#define TARGET_TEXT 640 /* bytes: at most 4 objects of two numbers and a name of 80 each, an event, and stacks */
#define NAME_MOST 80

/*
 * An entry of a hash table with open addressing; `made` NULL: free. Within one tick of the clock of birth times an
 * inode may be reused, with the same identity, and a file that is opened again with O_CREAT looks newly made. So the
 * page is the first creation after the last release, as in the report.
 */
struct open_page {
	const struct journal_event *made;
	uint64_t released_ns;
};

struct table {
	struct open_page *pages;
	size_t slots; /* a power of two, at least twice the pages */
};

typedef void record_visit(const struct journal_record *record, void *context);

static void visit_chunk(const struct journal_chunk *chunk, record_visit *visit, void *context)
{
	uint64_t end = walk_chunk_end(chunk);

	for (uint64_t at = sizeof *chunk, step = 1; step && at + sizeof(struct journal_record) <= end; at += step) {
		const struct journal_record *record = (const void *)((const unsigned char *)chunk + at);
		uint32_t size;
		uint16_t type;
		enum walk_record found = walk_record(record, end - at, &size, &type);

		if (found == WALK_RECORD)
			visit(record, context);
		step = walk_step(found, size);
	}
}

static void visit_journal(record_visit *visit, void *context)
{
	const struct journal_header *header = (const void *)journal.base;
	uint64_t end = __atomic_load_n(&header->next_free, __ATOMIC_ACQUIRE);

	if (end > journal.size)
		end = journal.size;
	for (uint64_t at = JOURNAL_HEADER_SIZE; at + sizeof(struct journal_chunk) <= end;) {
		const struct journal_chunk *chunk = (const void *)(journal.base + at);
		bool whole = walk_chunk(chunk, end - at) == WALK_CHUNK;

		if (whole)
			visit_chunk(chunk, visit, context);
		at += whole ? chunk->size : CHUNK_ALIGN;
	}
}

/* ---- scopes ---- */

static const struct journal_string *string_of(uint32_t reference)
{
	return reference ? (const void *)(journal.base + 8 * (uint64_t)reference) : NULL;
}

/* The length of a scope without the " (call)" that pytest appends. */
static uint32_t base_length(const struct journal_string *string)
{
	const char *text = (const char *)(string + 1);
	uint32_t at = string->length;

	if (!at || text[at - 1] != ')')
		return at;
	while (at && text[at - 1] != '(')
		at--;
	return at >= 2 && text[at - 2] == ' ' ? at - 2 : string->length;
}

int why_same_scope(uint32_t a, uint32_t b)
{
	const struct journal_string *x = string_of(a), *y = string_of(b);

	if (!x || !y)
		return x == y;
	return base_length(x) == base_length(y) && memcmp(x + 1, y + 1, base_length(x)) == 0;
}

/* ---- pages ---- */

struct search {
	uint32_t process, scope;
	size_t found;
	struct table table;
};

static bool is_wanted(const struct journal_record *record, const struct search *search)
{
	const struct journal_event *event = (const void *)record;

	return record->type == RECORD_EVENT && record->size >= sizeof *event && event->kind == EVENT_MADE &&
	       event->objects && record->process == search->process &&
	       record->size >= sizeof *event + event->objects * sizeof(struct journal_object) &&
	       (!search->scope || why_same_scope(event->scope, search->scope));
}

static void count(const struct journal_record *record, void *context)
{
	struct search *search = context;

	search->found += is_wanted(record, search);
}

static struct open_page *slot_of(const struct table *table, const struct identity *identity)
{
	size_t at = (identity->inode * 0x9e3779b97f4a7c15u ^ identity->birth_ns * 0xbf58476d1ce4e5b9u) >> 20;

	for (;; at++) {
		struct open_page *slot = &table->pages[at & (table->slots - 1)];

		if (!slot->made || memcmp(&slot->made->page, identity, sizeof *identity) == 0)
			return slot;
	}
}

static void add(const struct journal_record *record, void *context)
{
	struct search *search = context;

	if (!is_wanted(record, search))
		return;
	const struct journal_event *event = (const void *)record;
	struct open_page *slot = slot_of(&search->table, &event->page);
	if (!slot->made)
		slot->made = event;
}

static bool is_open(const struct open_page *page)
{
	return page->made && page->made->time_ns > page->released_ns;
}

static void choose(const struct journal_record *record, void *context)
{
	struct search *search = context;

	if (!is_wanted(record, search))
		return;
	const struct journal_event *event = (const void *)record;
	struct open_page *slot = slot_of(&search->table, &event->page);
	if (event->time_ns > slot->released_ns && (!is_open(slot) || event->time_ns < slot->made->time_ns))
		slot->made = event;
}

static void release(const struct search *search, const struct journal_event *event, const struct identity *identity,
		    uint32_t links, uint32_t mode)
{
	struct open_page *slot = links <= 1 || S_ISDIR(mode) ? slot_of(&search->table, identity) : NULL;

	if (slot && slot->made && slot->released_ns < event->time_ns)
		slot->released_ns = event->time_ns;
}

static void note_release(const struct journal_record *record, void *context)
{
	const struct search *search = context;
	const struct journal_event *event = (const void *)record;

	if (record->type != RECORD_EVENT || record->size < sizeof *event)
		return;
	if (event->kind == EVENT_RELEASED)
		release(search, event, &event->page, event->links, event->mode);
	if (event->kind != EVENT_RENAMED || !(event->flags & EVENT_REPLACED) || event->flags & EVENT_EXCHANGED ||
	    record->size < sizeof *event + sizeof(struct journal_replaced))
		return;
	const struct journal_replaced *replaced = (const void *)(event + 1);
	release(search, event, &replaced->page, replaced->links, replaced->mode);
}

/* ---- the source for Python ---- */

static char *put(char *to, const char *text)
{
	size_t size = strlen(text);

	memcpy(to, text, size);
	return to + size;
}

static char *put_number(char *to, uint64_t number)
{
	char digits[24];
	int count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10));
	while (count)
		*to++ = digits[--count];
	return to;
}

/*
 * Writes a type's name as a literal. Leaves out all but ASCII letters, digits, underscores and dots: such a type is not
 * found then.
 */
static char *put_name(char *to, uint32_t reference)
{
	const struct journal_string *string = string_of(reference);
	const char *text = string ? (const char *)(string + 1) : "";
	uint32_t length = string ? string->length : 0;

	*to++ = '\'';
	for (uint32_t i = 0; i < length && i < NAME_MOST; i++)
		if ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
		    (text[i] >= '0' && text[i] <= '9') || text[i] == '_' || text[i] == '.')
			*to++ = text[i];
	*to++ = '\'';
	return to;
}

static int is_constructor(uint32_t code_at)
{
	const struct journal_code *code = code_at ? (const void *)(journal.base + 8 * (uint64_t)code_at) : NULL;
	const struct journal_string *function = code ? string_of(code->function) : NULL;
	static const char *const names[] = {"__init__", "__post_init__"};

	for (size_t i = 0; function && i < sizeof names / sizeof *names; i++) {
		size_t size = strlen(names[i]), all = function->length;
		const char *text = (const char *)(function + 1);

		if (all >= size && memcmp(text + all - size, names[i], size) == 0 &&
		    (all == size || text[all - size - 1] == '.'))
			return 1;
	}
	return 0;
}

/* A number for the callers of an object's constructor, if that is in this frame of the stack; otherwise 0. */
static uint64_t construction(const struct journal_event *event, uint32_t frame)
{
	const struct journal_script_stack *stack =
		event->script ? (const void *)(journal.base + 8 * (uint64_t)event->script) : NULL;
	const struct journal_script_frame *frames = (const void *)(stack + 1);
	uint64_t number = 1;

	if (!stack || frame >= stack->count || !is_constructor(frames[frame].code))
		return 0;
	for (uint32_t i = frame + 1; i < stack->count; i++)
		number = (number ^ frames[i].code ^ (uint64_t)(uint32_t)frames[i].line << 32) * 0x9e3779b97f4a7c15u;
	return number | 1;
}

static char *put_target(char *to, const struct journal_event *event)
{
	const struct journal_object *objects = (const void *)(event + 1);

	to = put(to, "(");
	to = put_number(to, journal_reference(event));
	to = put(to, ",(");
	for (int i = 0; i < event->objects && i < 4; i++) {
		to = put(to, "(");
		to = put_number(to, objects[i].address);
		to = put(to, ",");
		to = put_name(to, objects[i].type);
		to = put(to, ",");
		to = put_number(to, construction(event, objects[i].frame));
		to = put(to, "),");
	}
	to = put(to, "),");
	to = put_number(to, (uint64_t)event->native << 32 | event->script);
	return put(to, "),\n");
}

/*
 * Writes the source, which sorts the targets by event: mostly the order in which the pages were made. Of more than
 * TARGETS_MOST pages, those that come first in the table are left out.
 */
static const char *write_targets(const struct search *search)
{
	size_t open = 0, skipped = 0;
	for (size_t i = 0; i < search->table.slots; i++)
		open += is_open(&search->table.pages[i]);
	if (!open)
		return NULL;
	size_t most = open < TARGETS_MOST ? open : TARGETS_MOST;
	long memory = raw_mmap(64 + most * TARGET_TEXT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (raw_failed(memory))
		return NULL;
	char *to = put((char *)memory, "TARGETS = sorted((\n");
	for (size_t i = 0; i < search->table.slots; i++) {
		const struct open_page *page = &search->table.pages[i];

		if (!is_open(page))
			continue;
		if (open - skipped > most) {
			skipped++;
			continue;
		}
		to = put_target(to, page->made);
	}
	memcpy(to, "))\n", 4);
	return (const char *)memory;
}

const char *why_targets(uint32_t process, uint32_t scope)
{
	struct search search = {.process = process, .scope = scope};

	visit_journal(count, &search);
	if (!search.found)
		return NULL;
	search.table.slots = 64;
	while (search.table.slots < 2 * search.found)
		search.table.slots *= 2;
	long memory = raw_mmap(search.table.slots * sizeof *search.table.pages, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	if (raw_failed(memory))
		return NULL;
	search.table.pages = (struct open_page *)memory;
	visit_journal(add, &search);
	visit_journal(note_release, &search);
	visit_journal(choose, &search);
	return write_targets(&search);
}
