/*
 * samples.c - numbers frames and builds samples. Must not choose the findings: render_counts does.
 */
#include "render/profile/samples.h"
#include "base/text.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include <string.h>
#include <uthash.h>

struct numbered_frame {
	const char *key;
	size_t index;
	UT_hash_handle hh;
};

struct sampling {
	struct arena *arena;
	struct samples *out;
	struct numbered_frame *numbers;
};

/* Frames are the same if their names are equal and, of native code, their addresses. */
static size_t frame_index(struct sampling *sampling, enum sample_kind kind, const char *name,
			  const struct merged_frame *frame)
{
	struct samples *out = sampling->out;
	struct numbered_frame *entry;
	const char *key = arena_format(sampling->arena, "%d %llx %.*s %s", (int)kind,
				       frame ? (unsigned long long)frame->offset : 0,
				       frame ? (int)frame->module.size : 0, frame ? frame->module.at : "", name);
	HASH_FIND_STR(sampling->numbers, key, entry);
	if (entry)
		return entry->index;
	out->frames =
		arena_grow(sampling->arena, out->frames, out->frame_count, &out->frame_room, sizeof *out->frames, 64);
	out->frames[out->frame_count] = (struct sample_frame){.kind = kind, .name = name};
	if (frame)
		out->frames[out->frame_count].frame = *frame;
	entry = arena_take(sampling->arena, sizeof *entry);
	entry->key = key;
	entry->index = out->frame_count++;
	HASH_ADD_KEYPTR(hh, sampling->numbers, entry->key, strlen(entry->key), entry);
	return entry->index;
}

static const char *code_name(struct arena *arena, const struct merged_frame *frame)
{
	const char *function = text_shown(arena, frame->function),
		   *file = text_shown(arena, text_basename(frame->file));
	const char *module = text_shown(arena, text_basename(frame->module));
	if (*function && *file && frame->line > 0)
		return arena_format(arena, "%s (%s:%d)", function, file, frame->line);
	if (*function)
		return *module ? arena_format(arena, "%s (%s)", function, module) : function;
	return *module ? arena_format(arena, "%s+0x%llx", module, (unsigned long long)frame->offset) : "[unknown]";
}

static struct text program_of(const struct finding *finding)
{
	struct text program = text_basename(finding_place_program(finding));
	return program.size ? program : text_of(finding->owner ? "[unknown]" : "[unattributed]");
}

static void add(struct sampling *sampling, const struct finding *finding)
{
	struct arena *arena = sampling->arena;
	struct merged_stack stack = merged_stack_of(arena, finding->script, finding->native);
	size_t *frames = arena_take(arena, (stack.count + 3) * sizeof *frames), count = 0;
	frames[count++] = frame_index(sampling, SAMPLE_VERDICT, verdict_names[finding->verdict], NULL);
	frames[count++] = frame_index(sampling, SAMPLE_PROGRAM, text_shown(arena, program_of(finding)), NULL);
	for (size_t i = stack.count; i-- > 0;)
		frames[count++] = frame_index(sampling, SAMPLE_CODE, code_name(arena, &stack.at[i]), &stack.at[i]);
	frames[count++] = frame_index(sampling, SAMPLE_TEMPLATE, text_shown(arena, finding->template), NULL);
	sampling->out->at[sampling->out->count++] = (struct sample){finding, frames, count};
	sampling->out->total.entries += finding->entries;
	sampling->out->total.bytes += finding->bytes;
}

void samples_of(struct arena *arena, const struct report *report, const struct render_options *options,
		struct samples *out)
{
	struct sampling sampling = {arena, out, NULL};
	*out = (struct samples){.at = arena_take(arena, (report->finding_count + 1) * sizeof *out->at)};
	for (size_t i = 0; i < report->finding_count; i++)
		if (render_counts(&report->findings[i], options))
			add(&sampling, &report->findings[i]);
	HASH_CLEAR(hh, sampling.numbers);
}

/* Allocates once: commands may have a hundred thousand arguments. */
const char *render_command(struct arena *arena, const struct report *report)
{
	size_t size = 1;
	for (size_t i = 0; i < report->command_count; i++)
		size += report->command[i].size + 1;
	char *line = arena_take(arena, size), *to = line;
	for (size_t i = 0; i < report->command_count; i++) {
		if (i)
			*to++ = ' ';
		to = mempcpy(to, report->command[i].at, report->command[i].size);
	}
	return line;
}
