/*
 * source_lines.c - collects the wanted lines, then reads each file once. Must not open a FIFO or device, which could
 * block.
 */
#include "findings/source_lines.h"
#include "frames/languages.h"
#include "frames/own_frame.h"
#include "model/stack_model.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

enum { FRAMES_A_STACK = 6 }; /* the user's; many stacks share the frames further out */

struct wanted {
	struct text file;
	int *lines;
	size_t count, room;
	UT_hash_handle hh;
};

struct collecting {
	struct arena *arena;
	struct wanted *files;
	size_t lines, bytes;
};

static void want(struct collecting *collecting, struct text file, int line)
{
	struct wanted *wanted;
	if (!file.size || file.at[0] == '<' || line <= 0 || collecting->lines >= SOURCE_LINES)
		return;
	HASH_FIND(hh, collecting->files, file.at, file.size, wanted);
	if (!wanted) {
		if (HASH_COUNT(collecting->files) >= SOURCE_FILES)
			return;
		wanted = arena_take(collecting->arena, sizeof *wanted);
		wanted->file = file;
		HASH_ADD_KEYPTR(hh, collecting->files, wanted->file.at, file.size, wanted);
	}
	if (wanted->count && wanted->lines[wanted->count - 1] == line)
		return;
	wanted->lines =
		arena_grow(collecting->arena, wanted->lines, wanted->count, &wanted->room, sizeof *wanted->lines, 8);
	wanted->lines[wanted->count++] = line;
	collecting->lines++;
}

/* Is the native file the user's? System headers are not; beside the stack of a script only files below the root are. */
static bool is_own(const struct report *report, struct text file, bool beside)
{
	bool below = report->root.size > 1 && file.size > report->root.size &&
		     !memcmp(file.at, report->root.at, report->root.size);
	return below || (!beside && !text_starts(file, "/usr/include/") && !text_starts(file, "/usr/lib/"));
}

static void want_stack(struct collecting *collecting, const struct report *report, const struct script_stack *script,
		       const struct frames *native)
{
	int left = FRAMES_A_STACK;
	const struct language *language = language_of(script);
	bool beside = script && script->count, evaluated = false;
	for (uint32_t i = own_frame_innermost(script); beside && i < script->count && left;
	     i = own_frame_from(script, i + 1)) {
		want(collecting, script->frames[i].code->file, script->frames[i].line);
		left--;
	}
	for (size_t i = 0; native && i < native->count && left; i++) {
		const struct frame *frame = &native->at[i];
		evaluated = evaluated || language_evaluates(language, frame);
		if (!frame->file.size || !is_own(report, frame->file, beside) || own_frame_is_start(frame) ||
		    (beside && language_is_runtime(language, frame, evaluated)))
			continue;
		want(collecting, frame->file, frame->line);
		left--;
	}
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

/* ---- a file ---- */

static struct text line_of(struct arena *arena, const char *at, size_t size)
{
	if (size && at[size - 1] == '\r')
		size--;
	bool cut = size > SOURCE_LINE_MAX;
	if (cut)
		for (size = SOURCE_LINE_MAX; size && ((unsigned char)at[size] & 0xc0) == 0x80;
		     size--) /* not within a character */
			;
	return text_of(arena_format(arena, "%.*s%s", (int)size, at, cut ? "..." : ""));
}

/* Cuts the wanted lines, which are sorted, out of the file's `size` bytes. */
static void pick_lines(struct collecting *collecting, const char *bytes, size_t size, const struct wanted *wanted,
		       struct source *out)
{
	const char *at = bytes, *end = bytes + size;
	size_t next = 0;
	out->lines = arena_take(collecting->arena, wanted->count * (2 * SOURCE_AROUND + 1) * sizeof *out->lines);
	for (int number = 1; at < end && next < wanted->count && collecting->bytes < SOURCE_BYTES; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);
		while (next < wanted->count && (int64_t)wanted->lines[next] + SOURCE_AROUND < number)
			next++;
		if (next < wanted->count && (int64_t)wanted->lines[next] - SOURCE_AROUND <= number) {
			struct text text = line_of(collecting->arena, at, length);
			out->lines[out->line_count++] = (struct source_line){number, text};
			collecting->bytes += text.size;
		}
		at += length + 1;
	}
}

static void read_file(struct collecting *collecting, const struct report *report, struct wanted *wanted,
		      struct sources *out)
{
	struct source *source = &out->at[out->count];
	struct stat status;
	const char *path = arena_copy(collecting->arena, wanted->file.at, wanted->file.size);
	if (path[0] != '/')
		path = arena_format(collecting->arena, "%.*s/%s", (int)report->cwd.size, report->cwd.at, path);
	int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (descriptor < 0)
		return;
	bool fits = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
		    status.st_size <= SOURCE_FILE_MAX;
	char *bytes = fits ? malloc((size_t)status.st_size) : NULL; /* not mapped: the file may shrink meanwhile */
	ssize_t size = bytes ? read(descriptor, bytes, (size_t)status.st_size) : -1;
	if (size > 0) {
		qsort(wanted->lines, wanted->count, sizeof *wanted->lines, by_number);
		*source =
			(struct source){.file = wanted->file,
					.changed = (uint64_t)status.st_mtim.tv_sec > report->started_ns / 1000000000u};
		pick_lines(collecting, bytes, (size_t)size, wanted, source);
		out->count += source->line_count > 0;
	}
	free(bytes);
	close(descriptor);
}

void source_lines_collect(struct arena *arena, struct report *report)
{
	struct collecting collecting = {.arena = arena};
	struct sources *sources = arena_take(arena, sizeof *sources);
	for (size_t i = 0; i < report->finding_count && collecting.lines < SOURCE_LINES; i++) {
		const struct finding *finding = &report->findings[i];
		want_stack(&collecting, report, finding->script, finding->native);
		if (finding->release)
			want_stack(&collecting, report, finding->release->script, finding->release_native);
	}
	sources->at = arena_take(arena, (HASH_COUNT(collecting.files) + 1) * sizeof *sources->at);
	for (struct wanted *wanted = collecting.files; wanted && collecting.bytes < SOURCE_BYTES;
	     wanted = wanted->hh.next)
		read_file(&collecting, report, wanted, sources);
	HASH_CLEAR(hh, collecting.files);
	report->sources = sources;
}
