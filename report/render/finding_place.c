/*
 * finding_place.c - picks a frame whose file lies in the repository. Must not open the source.
 */
#include "render/finding_place.h"
#include "frames/own_frame.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include "symbols/jit_frames.h"
#include <stdlib.h>
#include <string.h>

struct text finding_place_below_root(struct arena *arena, const struct report *report, struct text file)
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

struct finding_place finding_place_of(struct arena *arena, const struct report *report, const struct finding *finding)
{
	const struct script_stack *stack = finding->script;
	for (uint32_t i = own_frame_innermost(stack); stack && i < stack->count; i = own_frame_from(stack, i + 1)) {
		struct text file = finding_place_below_root(arena, report, stack->frames[i].code->file);
		if (file.size)
			return (struct finding_place){file, stack->frames[i].line};
	}
	/*
	 * Beside a script native frames are the interpreter's, built elsewhere. libc's may stay: its source is not
	 * below the root.
	 */
	bool beside = finding->script && finding->script->count;
	enum jit_frames jit = jit_frames_of(finding->native);
	for (size_t i = 0; !beside && finding->native && i < finding->native->count; i++) {
		struct text file = finding_place_below_root(arena, report, finding->native->at[i].file);
		if (file.size && jit_frames_shows(jit, &finding->native->at[i]) && finding->native->at[i].line > 0)
			return (struct finding_place){file, finding->native->at[i].line};
	}
	return (struct finding_place){text_none(), 0};
}

struct text finding_place_program(const struct finding *finding)
{
	const struct process *process = finding->owner;
	if (!process)
		return text_none();
	return process->exe.size || !process->argc ? process->exe : process->argv[0];
}

/* The user's function that made it; "" unknown. */
static struct text maker(const struct finding *finding)
{
	uint32_t own = own_frame_innermost(finding->script);
	if (finding->script && own < finding->script->count)
		return finding->script->frames[own].code->function;
	const struct frame *native = own_frame_native(finding->native, OWN_FRAME_NAMED);
	return native ? native->function : text_none();
}

const char *finding_place_maker(struct arena *arena, const struct report *report, const struct finding *finding)
{
	struct text by = maker(finding);
	struct finding_place place = finding_place_of(arena, report, finding);
	const char *file = text_shown(arena, place.file);
	if (!place.file.size)
		return text_shown(arena, by);
	const char *line = place.line > 0 ? arena_format(arena, "%s:%d", file, place.line) : file;
	return by.size ? arena_format(arena, "%s (%s)", text_shown(arena, by), line) : line;
}

const char *finding_place_story(struct arena *arena, const struct report *report, const struct finding *finding)
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
	struct finding_place place;
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

const size_t *finding_place_occurrences(struct arena *arena, const struct report *report)
{
	struct keyed *all = arena_take(arena, (report->finding_count + 1) * sizeof *all);
	size_t *numbers = arena_take(arena, (report->finding_count + 1) * sizeof *numbers), number = 0;
	for (size_t i = 0; i < report->finding_count; i++)
		all[i] = (struct keyed){&report->findings[i], finding_place_of(arena, report, &report->findings[i])};
	qsort(all, report->finding_count, sizeof *all, by_key);
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct finding *one = all[i].finding, *before = i ? all[i - 1].finding : NULL;
		number = before && !strcmp(before->id, one->id) && before->verdict == one->verdict ? number + 1 : 1;
		numbers[one - report->findings] = number;
	}
	return numbers;
}
