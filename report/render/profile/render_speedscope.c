/*
 * render_speedscope.c - speedscope's own format, with two profiles over the same stacks: entries and bytes.
 * Source: https://www.speedscope.app/file-format-schema.json
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/text.h"
#include "base/version.h"
#include "model/report_model.h"
#include "render/json/json_value.h"
#include "render/profile/samples.h"

static int write_frames(FILE *out, const struct samples *samples)
{
	int result = 0;
	for (size_t i = 0; i < samples->frame_count; i++) {
		const struct sample_frame *frame = &samples->frames[i];
		json_t *object = json_pack("{s:o}", "name", json_text(text_of(frame->name)));
		if (frame->frame.file.size)
			json_object_set_new(object, "file", json_text(frame->frame.file));
		if (frame->frame.file.size && frame->frame.line > 0)
			json_object_set_new(object, "line", json_integer(frame->frame.line));
		fputs(i ? ",\n " : "\n ", out);
		result |= json_write(out, object, JSON_COMPACT);
	}
	return result;
}

static uint64_t weight_of(const struct sample *sample, bool bytes)
{
	return bytes ? sample->finding->bytes : sample->finding->entries;
}

static void write_profile(FILE *out, const struct samples *samples, bool bytes)
{
	fprintf(out,
		"\n {\"type\":\"sampled\",\"name\":\"%s\",\"unit\":\"%s\",\"startValue\":0,\"endValue\":%llu,\n  "
		"\"samples\":[",
		bytes ? "space on disk" : "entries", bytes ? "bytes" : "none",
		(unsigned long long)(bytes ? samples->total.bytes : samples->total.entries));
	for (size_t i = 0; i < samples->count; i++) {
		fputs(i ? ",\n   [" : "\n   [", out);
		for (size_t k = 0; k < samples->at[i].frame_count; k++)
			fprintf(out, k ? ",%zu" : "%zu", samples->at[i].frames[k]);
		fputc(']', out);
	}
	fputs("],\n  \"weights\":[", out);
	for (size_t i = 0; i < samples->count; i++)
		fprintf(out, i ? ",%llu" : "%llu", (unsigned long long)weight_of(&samples->at[i], bytes));
	fputs("]}", out);
}

int render_speedscope(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	struct samples samples;
	const char *name = arena_format(arena, "pageleak %s", report_command(arena, report));
	samples_of(arena, report, options, &samples);
	fputs("{\"$schema\":\"https://www.speedscope.app/"
	      "file-format-schema.json\",\n\"exporter\":\"pageleak@" PAGELEAK_VERSION "\",\n\"name\":",
	      out);
	int result = json_write(out, json_text(text_of(name)), 0);
	fputs(",\n\"activeProfileIndex\":0,\n\"shared\":{\"frames\":[", out);
	result |= write_frames(out, &samples);
	fputs("]},\n\"profiles\":[", out);
	write_profile(out, &samples, false);
	fputc(',', out);
	write_profile(out, &samples, true);
	fputs("]}\n", out);
	return result && !ferror(out) ? error("the speedscope report could not be made: out of memory") : 0;
}
