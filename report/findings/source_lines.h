/*
 * source_lines.h - the lines of source around the frames of findings, for formats that show them. Reads files of this machine that stacks
 * name: regular ones, a few lines of each, and not much in all. Filled only when a format asks for it, and not for journals
 * of strangers, who could name any file.
 */
#ifndef PAGELEAK_SOURCE_LINES_H
#define PAGELEAK_SOURCE_LINES_H

#include "base/arena.h"
#include "base/text.h"
#include "model/report_model.h"

/* Lines above and below the one that is meant; longer lines are cut. */
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
	bool changed;              /* since the audit began: lines may be others */
	struct source_line *lines; /* by number; each once */
	size_t line_count;
};

struct sources {
	struct source *at;
	size_t count;
};

/* Of the user's own frames, those of the worst findings first. Sets report->sources. */
void source_lines_collect(struct arena *arena, struct report *report);

#endif
