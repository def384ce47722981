/*
 * place.c - which frame is the user's. Must not open the source.
 */
#include "place.h"
#include <string.h>

static struct text below(const struct report *report, struct text file)
{
	size_t size = report->cwd.size;
	if (!file.size)
		return text_none();
	if (file.at[0] != '/') /* as the compiler was given it, or Python its script */
		return text_starts(file, "..") || text_starts(file, "<") ? text_none() : text_starts(file, "./") ? (struct text){file.at + 2, file.size - 2} : file;
	if (size > 1 && file.size > size + 1 && !memcmp(file.at, report->cwd.at, size) && file.at[size] == '/')
		return (struct text){file.at + size + 1, file.size - size - 1};
	return text_none();
}

struct place place_of(const struct report *report, const struct finding *finding)
{
	for (uint32_t i = 0; finding->python && i < finding->python->count; i++) {
		const struct python_frame *frame = &finding->python->frames[i];
		struct text file = python_is_library(frame) ? text_none() : below(report, frame->file);
		if (file.size)
			return (struct place){file, frame->line};
	}
	bool python = finding->python && finding->python->count; /* then native frames are the interpreter's, built elsewhere */
	for (size_t i = 0; !python && finding->native && i < finding->native->count; i++) {
		struct text file = below(report, finding->native->at[i].file);
		if (file.size && finding->native->at[i].line > 0)
			return (struct place){file, finding->native->at[i].line};
	}
	return (struct place){text_none(), 0};
}

static struct text maker(const struct finding *finding)
{
	for (uint32_t i = 0; finding->python && i < finding->python->count; i++)
		if (!python_is_library(&finding->python->frames[i]))
			return finding->python->frames[i].function;
	for (size_t i = 0; finding->native && i < finding->native->count; i++)
		if (finding->native->at[i].function.size && !text_starts(text_basename(finding->native->at[i].module), "libc.so"))
			return finding->native->at[i].function;
	return text_none();
}

static struct text relative(const struct report *report, struct text path)
{
	struct text inside = below(report, path);
	return path.size && path.at[0] == '/' && inside.size ? inside : path;
}

const char *place_story(struct arena *arena, const struct report *report, const struct finding *finding)
{
	struct text by = maker(finding), template = relative(report, finding->template);
	bool released = finding->verdict == VERDICT_RELEASED;
	const char *story = arena_format(arena, "%zu %s %s, %llu bytes: %s", finding->entries, finding->entries == 1 ? "page" : "pages",
					 released ? "released only by the collector" : verdict_names[finding->verdict],
					 (unsigned long long)finding->bytes, text_shown(arena, template));
	if (by.size)
		story = arena_format(arena, "%s, made by %s", story, text_shown(arena, by));
	if (finding->cause && finding->cause->detail.size)
		story = arena_format(arena, "%s; %s", story, text_shown(arena, finding->cause->detail));
	return story;
}
