/*
 * samples.h - turns findings into samples of a profile: a list of distinct frames, and for each finding a stack of
 * their numbers with its weights. Shared by the profile formats (folded, speedscope, pprof).
 */
#ifndef PAGELEAK_SAMPLES_H
#define PAGELEAK_SAMPLES_H

#include "base/arena.h"
#include "frames/merged_stack.h"
#include "model/report_model.h"
#include "render/render.h"

enum sample_kind { SAMPLE_VERDICT, SAMPLE_PROGRAM, SAMPLE_CODE, SAMPLE_TEMPLATE };

struct sample_frame {
	enum sample_kind kind;
	const char *name;          /* for people, one line, escaped as text_shown: "Table.__init__ (table.py:23)" */
	struct merged_frame frame; /* kind CODE */
};

struct sample {
	const struct finding *finding;
	const size_t *frames; /* indices; the outermost first: verdict, program, code..., template */
	size_t frame_count;
};

struct samples {
	struct sample_frame *frames;
	size_t frame_count, frame_room;
	struct sample *at; /* findings that count (render_counts), worst first */
	size_t count;
	struct total total;
};

void samples_of(struct arena *arena, const struct report *report, const struct render_options *options,
		struct samples *out);

#endif
