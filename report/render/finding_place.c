/*
 * finding_place.c - which frame is the user's. Must not open the source.
 */
#include "render/finding_place.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include "symbols/jit_frames.h"
#include <stdlib.h>
#include <string.h>

struct text place_below(struct arena *arena, const struct report *report, struct text file)
{
	if (text_starts(file, "/") || !file.size)
		return text_below(file, report->root);
	if (text_starts(file, "..") || text_starts(file, "<"))
		return text_none();
	if (text_starts(file, "./"))
		file = (struct text){file.at + 2, file.size - 2};
	struct text down = text_below(report->cwd, report->root);
	return down.size ? text_of(arena_format(arena, "%.*s/%.*s", (int)down.size, down.at, (int)file.size, file.at))
			 : file;
}

struct place place_of(struct arena *arena, const struct report *report, const struct finding *finding)
{
	for (uint32_t i = 0; finding->script && i < finding->script->count; i++) {
		const struct script_frame *frame = &finding->script->frames[i];
		struct text file =
			python_is_library(frame) ? text_none() : place_below(arena, report, frame->code->file);
		if (file.size)
			return (struct place){file, frame->line};
	}
	bool python = finding->script &&
		      finding->script->count; /* then native frames are the interpreter's, built elsewhere */
	enum script script = script_of_frames(finding->native);
	for (size_t i = 0; !python && finding->native && i < finding->native->count; i++) {
		struct text file = place_below(arena, report, finding->native->at[i].file);
		if (file.size && script_tells(script, &finding->native->at[i]) && finding->native->at[i].line > 0)
			return (struct place){file, finding->native->at[i].line};
	}
	return (struct place){text_none(), 0};
}

struct text place_program(const struct finding *finding)
{
	const struct process *process = finding->owner;
	if (!process)
		return text_none();
	return process->exe.size || !process->argc ? process->exe : process->argv[0];
}

static struct text maker(const struct finding *finding)
{
	for (uint32_t i = 0; finding->script && i < finding->script->count; i++)
		if (!python_is_library(&finding->script->frames[i]))
			return finding->script->frames[i].code->function;
	enum script script = script_of_frames(finding->native);
	for (size_t i = 0; finding->native && i < finding->native->count; i++)
		if (finding->native->at[i].function.size && script_tells(script, &finding->native->at[i]) &&
		    !text_starts(text_basename(finding->native->at[i].module), "libc.so"))
			return finding->native->at[i].function;
	return text_none();
}

const char *place_made(struct arena *arena, const struct report *report, const struct finding *finding)
{
	struct text by = maker(finding);
	struct place place = place_of(arena, report, finding);
	const char *file = text_shown(arena, place.file);
	if (!place.file.size)
		return text_shown(arena, by);
	const char *line = place.line > 0 ? arena_format(arena, "%s:%d", file, place.line) : file;
	return by.size ? arena_format(arena, "%s (%s)", text_shown(arena, by), line) : line;
}

const char *place_story(struct arena *arena, const struct report *report, const struct finding *finding)
{
	struct text by = maker(finding), below = text_below(finding->template, report->cwd);
	struct text template = below.size ? below : finding->template;
	bool released = finding->verdict == VERDICT_RELEASED;
	const char *story = arena_format(arena, "%zu %s %s, %llu bytes: %s", finding->entries,
					 finding->entries == 1 ? "page" : "pages",
					 released ? "released only by the collector" : verdict_names[finding->verdict],
					 (unsigned long long)finding->bytes, text_shown(arena, template));
	if (by.size)
		story = arena_format(arena, "%s, made by %s", story, text_shown(arena, by));
	if (finding->cause && finding->cause->detail.size)
		story = arena_format(arena, "%s; %s", story, text_shown(arena, finding->cause->detail));
	return story;
}

/* ---- keys ---- */

struct keyed {
	const struct finding *finding;
	struct place place;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = strcmp(x->finding->id, y->finding->id);
	if (!order)
		order = (x->finding->verdict > y->finding->verdict) - (x->finding->verdict < y->finding->verdict);
	if (!order)
		order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
	return order ? order : (x->finding > y->finding) - (x->finding < y->finding);
}

const size_t *place_occurrences(struct arena *arena, const struct report *report)
{
	struct keyed *all = arena_take(arena, (report->finding_count + 1) * sizeof *all);
	size_t *numbers = arena_take(arena, (report->finding_count + 1) * sizeof *numbers), number = 0;
	for (size_t i = 0; i < report->finding_count; i++)
		all[i] = (struct keyed){&report->findings[i], place_of(arena, report, &report->findings[i])};
	qsort(all, report->finding_count, sizeof *all, by_key);
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct finding *one = all[i].finding, *before = i ? all[i - 1].finding : NULL;
		number = before && !strcmp(before->id, one->id) && before->verdict == one->verdict ? number + 1 : 1;
		numbers[one - report->findings] = number;
	}
	return numbers;
}
