/*
 * html_table.c - hash tables that number things. Must not decide what is shown, but for the frames to fold.
 */
#include "render/html/html_table.h"
#include "frames/languages.h"
#include "frames/own_frame.h"
#include "render/json/json_value.h"
#include "symbols/jit_frames.h"
#include <string.h>
#include <uthash.h>

struct numbered_text {
	struct text text;
	int32_t number;
	UT_hash_handle hh;
};

struct numbered_frame {
	struct html_frame frame;
	int32_t number;
	UT_hash_handle hh;
};

struct numbered_node {
	struct html_node node;
	int32_t number;
	UT_hash_handle hh;
};

/* Keyed by addresses: findings share their stacks. */
struct numbered_stack {
	struct {
		const void *script, *native;
		uint64_t merged;
	} key;
	int32_t number;
	UT_hash_handle hh;
};

struct numbered_process {
	const struct process *process;
	int32_t number;
	UT_hash_handle hh;
};

/* Size of the caches of late look-ups, indexed by low bits of the key: stacks share most of their texts and callers. */
enum { LATELY = 4096 };

struct late_text {
	struct text text; /* the same bytes at the same place */
	int32_t number;
};

struct late_node {
	int32_t caller, frame, number;
	bool used;
};

struct html_table {
	struct arena *arena;
	struct late_text late_texts[LATELY];
	struct late_node late_nodes[LATELY];
	struct numbered_text *texts;
	struct numbered_frame *frames;
	struct numbered_node *nodes;
	struct numbered_stack *stacks;
	struct numbered_process *processes;
	size_t text_bytes;
};

struct html_table *html_table_new(struct arena *arena, const struct report *report)
{
	struct html_table *table = arena_take(arena, sizeof *table);
	table->arena = arena;
	for (size_t i = 0; i < report->process_count; i++) {
		struct numbered_process *entry = arena_take(arena, sizeof *entry);
		*entry = (struct numbered_process){.process = report->processes[i], .number = (int32_t)i};
		HASH_ADD_PTR(table->processes, process, entry);
	}
	return table;
}

void html_table_free(struct html_table *table)
{
	HASH_CLEAR(hh, table->texts);
	HASH_CLEAR(hh, table->frames);
	HASH_CLEAR(hh, table->nodes);
	HASH_CLEAR(hh, table->stacks);
	HASH_CLEAR(hh, table->processes);
}

int32_t html_table_text(struct html_table *table, struct text text)
{
	struct numbered_text *entry;
	struct late_text *late = &table->late_texts[((uintptr_t)text.at ^ text.size << 6) % LATELY];
	if (!text.size)
		return -1;
	if (late->text.at == text.at && late->text.size == text.size)
		return late->number;
	HASH_FIND(hh, table->texts, text.at, text.size, entry);
	if (!entry) {
		entry = arena_take(table->arena, sizeof *entry);
		*entry = (struct numbered_text){.text = text, .number = (int32_t)HASH_COUNT(table->texts)};
		HASH_ADD_KEYPTR(hh, table->texts, entry->text.at, text.size, entry);
		table->text_bytes += text.size;
	}
	*late = (struct late_text){text, entry->number};
	return entry->number;
}

size_t html_table_text_bytes(const struct html_table *table)
{
	return table->text_bytes;
}

int32_t html_table_process(struct html_table *table, const struct process *process)
{
	struct numbered_process *entry = NULL;
	if (process)
		HASH_FIND_PTR(table->processes, &process, entry);
	return entry ? entry->number : -1;
}

/* ---- stacks ---- */

static int32_t frame_number(struct html_table *table, const struct html_frame *frame)
{
	struct numbered_frame *entry;
	HASH_FIND(hh, table->frames, frame, sizeof *frame, entry);
	if (!entry) {
		entry = arena_take(table->arena, sizeof *entry);
		*entry = (struct numbered_frame){.frame = *frame, .number = (int32_t)HASH_COUNT(table->frames)};
		HASH_ADD(hh, table->frames, frame, sizeof entry->frame, entry);
	}
	return entry->number;
}

static int32_t node_number(struct html_table *table, int32_t caller, int32_t frame)
{
	struct html_node node = {caller, frame};
	struct numbered_node *entry;
	struct late_node *late = &table->late_nodes[((uint32_t)caller * 31 + (uint32_t)frame) % LATELY];
	if (late->used && late->caller == caller && late->frame == frame)
		return late->number;
	HASH_FIND(hh, table->nodes, &node, sizeof node, entry);
	if (!entry) {
		entry = arena_take(table->arena, sizeof *entry);
		*entry = (struct numbered_node){.node = node, .number = (int32_t)HASH_COUNT(table->nodes)};
		HASH_ADD(hh, table->nodes, node, sizeof entry->node, entry);
	}
	*late = (struct late_node){caller, frame, entry->number, true};
	return entry->number;
}

static struct html_frame script_frame(struct html_table *table, const struct script_stack *stack, uint32_t number)
{
	const struct script_frame *frame = &stack->frames[number];
	return (struct html_frame){.function = html_table_text(table, frame->code->function),
				   .file = html_table_text(table, frame->code->file),
				   .line = frame->line,
				   .module = -1,
				   .offset = -1,
				   .flags = HTML_SCRIPT | (own_frame_is(stack, number) ? 0 : HTML_FOLDED)};
}

static struct html_frame native_frame(struct html_table *table, const struct frame *frame,
				      const struct language *beside, bool evaluated, enum jit_frames jit)
{
	bool folded = own_frame_is_start(frame) || (beside && language_is_runtime(beside, frame, evaluated)) ||
		      !jit_frames_shows(jit, frame);
	return (struct html_frame){.function = html_table_text(table, frame->function),
				   .file = html_table_text(table, frame->file),
				   .line = frame->line,
				   .module = html_table_text(table, frame->module),
				   .offset = (int64_t)(frame->offset & ((1ull << 53) - 1)), /* exact in JavaScript */
				   .flags = (frame->inlined ? HTML_INLINED : 0) | (folded ? HTML_FOLDED : 0)};
}

static struct numbered_stack *stack_entry(struct html_table *table, const void *script, const void *native,
					  uint64_t merged, bool *fresh)
{
	struct numbered_stack key = {.key = {script, native, merged}}, *entry;
	HASH_FIND(hh, table->stacks, &key.key, sizeof key.key, entry);
	*fresh = !entry;
	if (!entry) {
		entry = arena_take(table->arena, sizeof *entry);
		entry->key = key.key;
		entry->number = -1;
		HASH_ADD(hh, table->stacks, key, sizeof entry->key, entry);
	}
	return entry;
}

int32_t html_table_script(struct html_table *table, const struct script_stack *script)
{
	bool fresh;
	struct numbered_stack *entry = stack_entry(table, script, NULL, 0, &fresh);
	for (uint32_t i = script && fresh ? script->count : 0; i-- > 0;) {
		struct html_frame frame = script_frame(table, script, i);
		entry->number = node_number(table, entry->number, frame_number(table, &frame));
	}
	return entry->number;
}

int32_t html_table_native(struct html_table *table, const struct frames *native, const struct script_stack *script)
{
	bool fresh;
	const struct language *beside = script && script->count ? language_of(script) : NULL;
	struct numbered_stack *entry = stack_entry(table, beside, native, beside != NULL, &fresh);
	size_t count = native && fresh ? native->count : 0, evaluates = 0;
	enum jit_frames jit = jit_frames_of(native);
	while (beside && evaluates < count && !language_evaluates(beside, &native->at[evaluates]))
		evaluates++;
	for (size_t i = count; i-- > 0;) {
		struct html_frame frame = native_frame(table, &native->at[i], beside, i >= evaluates, jit);
		entry->number = node_number(table, entry->number, frame_number(table, &frame));
	}
	return entry->number;
}

int32_t html_table_merged(struct html_table *table, const struct script_stack *script, const struct frames *native)
{
	bool fresh;
	struct numbered_stack *entry = stack_entry(table, script, native, 2, &fresh);
	enum jit_frames jit = jit_frames_of(native);
	struct merged_stack merged =
		fresh ? merged_stack_of(table->arena, script, native) : (struct merged_stack){NULL, 0};
	for (size_t i = merged.count; i-- > 0;) {
		const struct merged_frame *at = &merged.at[i];
		struct frame as_native = {.function = at->function,
					  .file = at->file,
					  .line = at->line,
					  .inlined = at->inlined,
					  .module = at->module,
					  .offset = at->offset};
		struct html_frame frame = at->script >= 0 ? script_frame(table, script, (uint32_t)at->script)
							  : native_frame(table, &as_native, NULL, false, jit);
		entry->number = node_number(table, entry->number, frame_number(table, &frame));
	}
	return entry->number;
}

/*
 * Where nothing else is the user's, any frame will do that does not start a program or a thread: libc's, or one without
 * a name.
 */
static const struct frame *any_native(const struct frames *native)
{
	enum jit_frames jit = jit_frames_of(native);
	for (size_t i = 0; native && i < native->count; i++)
		if (!own_frame_is_start(&native->at[i]) && jit_frames_shows(jit, &native->at[i]))
			return &native->at[i];
	return NULL;
}

int32_t html_table_own(struct html_table *table, const struct frames *native, const struct script_stack *script)
{
	struct html_frame frame;
	if (script && script->count) {
		frame = script_frame(table, script, own_frame_or_innermost(script));
		return frame_number(table, &frame);
	}
	const struct frame *own = own_frame_native(native, OWN_FRAME_NAMED | OWN_FRAME_NOT_START);
	own = own ? own : any_native(native);
	if (!own)
		return -1;
	frame = native_frame(table, own, NULL, false, jit_frames_of(native));
	return frame_number(table, &frame);
}

/* ---- as JSON ---- */

/* Like "%lld", which is slow for a million numbers. */
static void write_number(FILE *out, int64_t value)
{
	char digits[24], *at = digits + sizeof digits;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--at = '-';
	fwrite_unlocked(at, 1, (size_t)(digits + sizeof digits - at), out);
}

void html_table_column(FILE *out, const char *name, const int64_t *values, size_t count)
{
	size_t same = 1;
	while (same < count && values[same] == values[0])
		same++;
	fprintf(out, ",\n\"%s\":", name);
	if (same >= count) {
		write_number(out, count ? values[0] : -1);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		putc_unlocked(i ? ',' : '[', out);
		write_number(out, values[i]);
	}
	fputc(']', out);
}

/* One field of all frames or nodes; uthash walks in the order in which they were added. */
#define WRITE_FIELD(out, all, values, type, name, field)                                                               \
	do {                                                                                                           \
		size_t count_ = 0;                                                                                     \
		for (type *one_ = (all); one_; one_ = one_->hh.next)                                                   \
			(values)[count_++] = one_->field;                                                              \
		html_table_column(out, name, values, count_);                                                          \
	} while (0)

int html_table_write(struct html_table *table, FILE *out)
{
	size_t frames = HASH_COUNT(table->frames), nodes = HASH_COUNT(table->nodes);
	int64_t *values = arena_take(table->arena, ((frames > nodes ? frames : nodes) + 1) * sizeof *values);
	int result = 0;
	fputs("\"strings\":[", out);
	for (struct numbered_text *entry = table->texts; entry; entry = entry->hh.next) {
		if (entry != table->texts)
			fputs(",\n", out);
		result |= json_write(out, json_text(entry->text), 0);
	}
	fprintf(out, "],\n\"frames\":{\"count\":%zu", frames);
	WRITE_FIELD(out, table->frames, values, struct numbered_frame, "function", frame.function);
	WRITE_FIELD(out, table->frames, values, struct numbered_frame, "file", frame.file);
	WRITE_FIELD(out, table->frames, values, struct numbered_frame, "line", frame.line);
	WRITE_FIELD(out, table->frames, values, struct numbered_frame, "module", frame.module);
	WRITE_FIELD(out, table->frames, values, struct numbered_frame, "offset", frame.offset);
	WRITE_FIELD(out, table->frames, values, struct numbered_frame, "flags", frame.flags);
	fprintf(out, "},\n\"stacks\":{\"count\":%zu", nodes);
	WRITE_FIELD(out, table->nodes, values, struct numbered_node, "caller", node.caller);
	WRITE_FIELD(out, table->nodes, values, struct numbered_node, "frame", node.frame);
	fputc('}', out);
	return result;
}
