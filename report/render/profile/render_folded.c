/*
 * render_folded.c - folded stacks: one line a stack, frames joined by `;`, the outermost first, then the number of
 * entries; for flamegraph.pl, inferno, speedscope and others.
 */
#include "base/arena.h"
#include "model/report_model.h"
#include "render/profile/samples.h"

/* A `;` would end the frame; line breaks are escaped already. */
static void put(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(*name == ';' ? ':' : *name, out);
}

int render_folded(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	struct samples samples;
	samples_of(arena, report, options, &samples);
	for (size_t i = 0; i < samples.count; i++) {
		const struct sample *sample = &samples.at[i];
		for (size_t k = 0; k < sample->frame_count; k++) {
			put(out, samples.frames[sample->frames[k]].name);
			fputc(k + 1 < sample->frame_count ? ';' : ' ', out);
		}
		fprintf(out, "%zu\n", sample->finding->entries);
	}
	return 0;
}
