/*
 * read.c - reads a whole journal from memory. Must not conclude anything from records: journal_state.c does.
 *
 * Two walks over the chunks. The first tells the state of all records but events, and counts those; the second fills
 * the events, whose references may lead forwards or back.
 */
#include "journal/read.h"
#include "base/progress.h"
#include "format.h"
#include "journal/decode.h"
#include "journal/journal_header.h"
#include "journal/journal_state.h"
#include "model/event_model.h"
#include "walk.h"
#include <stdlib.h>
#include <string.h>

struct underway_seen {
	uint32_t process; /* its number, as the chunk has it: a hint */
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
	struct journal_state *state;
	const char *bytes;
	uint64_t size, end; /* bytes; end: what the header says was handed out */
	uint64_t *begins;   /* a bit for each 8 bytes of the file: a good record begins there */
	struct list underway, dangling;
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

static void visit_chunk(struct reader *reader, uint64_t chunk_at, uint32_t chunk_size, visit *visit, bool first)
{
	const struct journal_chunk *chunk = (const void *)(reader->bytes + chunk_at);
	uint64_t used = walk_chunk_end(chunk), end = chunk_at + (used < chunk_size ? used : chunk_size);
	uint64_t at = chunk_at + sizeof *chunk;
	for (uint32_t step = 1; step && at + sizeof(struct journal_record) <= end; at += step) {
		const struct journal_record *record = (const void *)(reader->bytes + at);
		uint32_t size;
		uint16_t type;
		enum walk_record found = walk_record(record, end - at, &size, &type);
		if (found == WALK_RECORD)
			visit(reader, record, type, size);
		else if (found == WALK_UNFINISHED)
			reader->out->torn += first && decode_torn_is_loss(record);
		else if (found == WALK_BROKEN)
			reader->out->bad += first;
		step = walk_step(found, size);
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
		/* A chunk may reach beyond a file that was cut. */
		uint64_t room = reader->end - at, left = reader->size - at;
		enum walk_chunk found = walk_chunk(chunk, chunk->size > left ? CHUNK_MAX : room);
		if (found == WALK_CHUNK) {
			uint64_t torn = reader->out->torn;
			progress_step("reading the journal", at, end);
			visit_chunk(reader, at, chunk->size > left ? (uint32_t)left & ~7u : chunk->size, visit, first);
			if (first)
				note_underway(reader, chunk, (uint32_t)(reader->out->torn - torn));
		} else if (found == WALK_NO_CHUNK && unbegun) {
			reader->out->unbegun += first;
		} else if (found != WALK_NOT_BEGUN) {
			reader->out->bad += first;
		}
		unbegun = found == WALK_NOT_BEGUN || (found == WALK_NO_CHUNK && unbegun);
		at += found == WALK_CHUNK ? chunk->size : CHUNK_ALIGN;
	}
}

/* ---- references: R9 ---- */

/*
 * Whether the walk met a record there. Strings need not be met: their bytes are used only where they are referred to.
 */
static bool begins_at(const struct reader *reader, uint64_t reference, uint16_t type)
{
	return type == RECORD_STRING || reader->begins[reference / 64] >> reference % 64 & 1;
}

static const void *record_at(struct source *source, uint32_t reference, uint16_t type, uint32_t least, uint32_t *size)
{
	const struct reader *reader = (const struct reader *)source;
	uint64_t offset = (uint64_t)reference * 8;
	if (offset < JOURNAL_HEADER_SIZE + sizeof(struct journal_chunk) || offset + least > reader->size)
		return NULL;
	uint64_t word = __atomic_load_n((const uint64_t *)(reader->bytes + offset), __ATOMIC_ACQUIRE);
	*size = (uint32_t)word;
	if ((uint16_t)(word >> 32) != type || *size < least || *size > reader->size - offset ||
	    !begins_at(reader, reference, type))
		return NULL;
	return reader->bytes + offset;
}

/* ---- records ---- */

static void visit_first(struct reader *reader, const struct journal_record *record, uint16_t type, uint32_t size)
{
	uint64_t offset = offset_of(reader, record), reference = offset / 8;
	if (!journal_state_file(reader->state, record, type, size, offset)) {
		reader->out->bad++;
		return;
	}
	reader->events_counted += type == RECORD_EVENT;
	reader->begins[reference / 64] |= UINT64_C(1) << reference % 64;
}

static const struct object *objects_in(struct reader *reader, const struct journal_event *record, uint32_t size)
{
	struct event_parts parts;
	size_t count = record->objects;
	if (!count || !decode_event(record, size, &parts))
		return NULL;
	struct object *objects = arena_take(reader->arena, count * sizeof *objects);
	for (size_t i = 0; i < count; i++)
		objects[i] = (struct object){parts.objects[i].address,
					     journal_state_name(reader->state, parts.objects[i].type),
					     parts.objects[i].frame};
	return objects;
}

static void add_dangling(struct reader *reader, uint64_t offset)
{
	*(uint64_t *)list_add(reader, &reader->dangling, sizeof offset) = offset;
}

static void visit_second(struct reader *reader, const struct journal_record *record, uint16_t type, uint32_t size)
{
	const struct journal_event *from = (const void *)record;
	struct event *event = &reader->out->events[reader->out->event_count];
	struct event_move move;
	if (type != RECORD_EVENT || size < sizeof *from || reader->out->event_count == reader->events_counted)
		return;
	if (!journal_state_event(reader->state, from, size, offset_of(reader, from), event, &move)) {
		reader->out->bad++;
		return;
	}
	reader->out->event_count++;
	if (event->move)
		event->move = memcpy(arena_take(reader->arena, sizeof move), &move, sizeof move);
	event->native = journal_state_stack(reader->state, from->native);
	event->script = journal_state_script_stack(reader->state, from->script);
	event->objects = objects_in(reader, from, size);
	event->object_count = from->objects;
	if ((from->native && !event->native) || (from->script && !event->script) || (from->base && !event->base.size))
		add_dangling(reader, event->offset);
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

static void link_underway(struct reader *reader)
{
	const struct underway_seen *seen = (const struct underway_seen *)reader->underway.at;
	size_t count = reader->underway.count;
	reader->out->underway = arena_take(reader->arena, (count + 1) * sizeof *reader->out->underway);
	reader->out->underway_count = count;
	for (size_t i = 0; i < count; i++) {
		reader->out->underway[i] =
			(struct underway){.process = journal_state_named_process(reader->state, seen[i].process),
					  .offset = seen[i].offset,
					  .making = seen[i].making,
					  .removing = seen[i].removing,
					  .torn = seen[i].torn};
	}
}

static void root_events(struct reader *reader)
{
	for (size_t i = 0; i < reader->out->event_count; i++)
		journal_state_root_event(reader->state, &reader->out->events[i]);
}

static void read_records(struct reader *reader)
{
	struct journal *out = reader->out;
	walk(reader, visit_first, true);
	out->events = arena_take(reader->arena, (reader->events_counted + 1) * sizeof *out->events);
	walk(reader, visit_second, false);
	sort_events(out);
	journal_state_settle(reader->state);
	out->bad += journal_state_unmatched(reader->state);
	root_events(reader);
	link_underway(reader);
	out->dangling = (uint64_t *)(void *)reader->dangling.at;
	out->dangling_count = reader->dangling.count;
}

static int read_all(struct arena *arena, const void *bytes, size_t size, const char *name, bool warns,
		    struct journal *out)
{
	*out = journal_header_begin(arena, name);
	if ((uintptr_t)bytes % 8) /* records are read in place, which must be aligned */
		bytes = memcpy(arena_take(arena, size + 1), bytes, size);
	const struct journal_header *header = bytes;
	if (journal_header_check(header, size, name))
		return -1;
	journal_header_take(header, out);
	uint64_t next_free = header->next_free < JOURNAL_CAPACITY_MAX ? header->next_free : JOURNAL_CAPACITY_MAX;
	struct reader reader = {
		.source = {.record = record_at},
		.arena = arena,
		.out = out,
		.bytes = bytes,
		.size = size,
		.end = walk_whole_pages(next_free),
	};
	reader.begins = calloc(size / 8 / 64 + 1, sizeof *reader.begins);
	if (!reader.begins)
		arena_out_of_memory();
	reader.state = journal_state_open(&reader.source, out, true);
	read_records(&reader);
	journal_state_close(reader.state);
	free(reader.begins);
	if (warns)
		journal_header_warn(out, header, size);
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
