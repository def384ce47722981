/*
 * source_lines.h - reads the lines of source around the frames of findings, for formats that show them. It opens
 * regular files of this machine that stacks name, so it must not be called for another user's journal, which could name
 * any file.
 */
#ifndef PAGELEAK_SOURCE_LINES_H
#define PAGELEAK_SOURCE_LINES_H

#include "base/arena.h"
#include "base/text.h"
#include "model/report_model.h"

/*
 * Limits. AROUND: lines above and below a frame's; LINE_MAX: bytes, longer lines are cut; FILE_MAX: bytes, larger files
 * are skipped.
 */
enum {
	SOURCE_AROUND = 3,
	SOURCE_LINE_MAX = 200,
	SOURCE_FILES = 500,
	SOURCE_LINES = 20000,
	SOURCE_BYTES = 1 << 20,
	SOURCE_FILE_MAX = 8 << 20
};

struct source_line {
	int number; /* from 1 */
	struct text text;
};

struct source {
	struct text file;          /* as the frames have it */
	bool changed;              /* modified since the audit began: the lines may be wrong */
	struct source_line *lines; /* sorted by number, each once */
	size_t line_count;
};

struct sources {
	struct source *at;
	size_t count;
};

/*
 * Sets report->sources to the lines of the user's own frames (own_frame.h), the worst findings first until a limit is
 * reached.
 */
void source_lines_collect(struct arena *arena, struct report *report);

#endif
