/*
 * render_pprof.c - a profile.proto, compressed, for `go tool pprof` and whatever else reads pprof: entries and space on
 * disk by stack, with verdict, pages and test as labels. Only the wire format is written here: varints and
 * length-delimited messages. Source: https://github.com/google/pprof/blob/main/proto/profile.proto (the field numbers
 * below)
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/text.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/profile/samples.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <zlib.h>

enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE,
	PROFILE_MAPPING,
	PROFILE_LOCATION,
	PROFILE_FUNCTION,
	PROFILE_STRING,
	PROFILE_TIME = 9,
	PROFILE_DURATION,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_TYPE
};
enum { TYPE_TYPE = 1, TYPE_UNIT };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_STRING };
enum {
	MAPPING_ID = 1,
	MAPPING_START,
	MAPPING_LIMIT,
	MAPPING_FILE = 5,
	MAPPING_BUILD_ID,
	MAPPING_HAS_FUNCTIONS,
	MAPPING_HAS_FILES,
	MAPPING_HAS_LINES,
	MAPPING_HAS_INLINED
};
enum { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION = 1, LINE_LINE };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_FILE = 4 };

/* A message that is being written. */
struct message {
	char *bytes;
	size_t size;
	FILE *stream;
};

struct string {
	struct text text;
	uint64_t index;
	UT_hash_handle hh;
};

struct profile_module {
	struct text path;
	uint64_t id;
	UT_hash_handle hh;
};

struct pprof {
	struct arena *arena;
	FILE *out;
	struct string *strings;
	struct profile_module *modules;
};

/* ---- the wire ---- */

static void put_varint(FILE *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		fputc((int)(value & 0x7f) | 0x80, out);
	fputc((int)value, out);
}

static void put_number(FILE *out, int field, uint64_t value)
{
	put_varint(out, (uint64_t)field << 3);
	put_varint(out, value);
}

static void put_bytes(FILE *out, int field, const char *bytes, size_t size)
{
	put_varint(out, (uint64_t)field << 3 | 2);
	put_varint(out, size);
	fwrite(bytes, 1, size, out);
}

static bool begin(struct message *message)
{
	*message = (struct message){0};
	message->stream = open_memstream(&message->bytes, &message->size);
	return message->stream;
}

static void end(struct message *message, int field, FILE *out)
{
	if (fclose(message->stream) == 0)
		put_bytes(out, field, message->bytes, message->size);
	free(message->bytes);
}

/* ---- tables ---- */

/* Strings are UTF-8 in proto3: what is not is escaped. Number 0 is the empty one. */
static uint64_t string(struct pprof *pprof, struct text raw)
{
	struct string *string;
	struct text text = text_of(text_shown(pprof->arena, raw));
	if (!text.size)
		return 0;
	HASH_FIND(hh, pprof->strings, text.at, text.size, string);
	if (!string) {
		string = arena_take(pprof->arena, sizeof *string);
		string->text = text;
		string->index = HASH_COUNT(pprof->strings) + 1;
		HASH_ADD_KEYPTR(hh, pprof->strings, string->text.at, string->text.size, string);
	}
	return string->index;
}

static int put_type(struct pprof *pprof, int field, const char *type, const char *unit)
{
	struct message message;
	if (!begin(&message))
		return -1;
	put_number(message.stream, TYPE_TYPE, string(pprof, text_of(type)));
	put_number(message.stream, TYPE_UNIT, string(pprof, text_of(unit)));
	end(&message, field, pprof->out);
	return 0;
}

/*
 * The id of the module's mapping, which is written at the first call. Addresses are those in the module's file, so each
 * module gets an address range of its own, larger than any file. Readers need not look up symbols.
 */
enum { MODULE_BITS = 44 };
static uint64_t mapping(struct pprof *pprof, const struct merged_frame *frame, int *result)
{
	struct profile_module *module;
	struct message message;
	HASH_FIND(hh, pprof->modules, frame->module.at, frame->module.size, module);
	if (module)
		return module->id;
	module = arena_take(pprof->arena, sizeof *module);
	module->path = frame->module;
	module->id = HASH_COUNT(pprof->modules) + 1;
	HASH_ADD_KEYPTR(hh, pprof->modules, module->path.at, module->path.size, module);
	if (!begin(&message)) {
		*result = -1;
		return module->id;
	}
	put_number(message.stream, MAPPING_ID, module->id);
	put_number(message.stream, MAPPING_START, module->id << MODULE_BITS);
	put_number(message.stream, MAPPING_LIMIT, (module->id + 1) << MODULE_BITS);
	put_number(message.stream, MAPPING_FILE, string(pprof, frame->module));
	put_number(message.stream, MAPPING_BUILD_ID, string(pprof, frame->build_id));
	for (int field = MAPPING_HAS_FUNCTIONS; field <= MAPPING_HAS_INLINED; field++)
		put_number(message.stream, field, 1);
	end(&message, PROFILE_MAPPING, pprof->out);
	return module->id;
}

/* No system name: readers would take `<module>` for a template's arguments if it were the same as the name. */
static int put_function(struct pprof *pprof, uint64_t id, const struct sample_frame *frame)
{
	struct message message;
	struct text name =
		frame->kind == SAMPLE_CODE && frame->frame.function.size ? frame->frame.function : text_of(frame->name);
	if (!begin(&message))
		return -1;
	put_number(message.stream, FUNCTION_ID, id);
	put_number(message.stream, FUNCTION_NAME, string(pprof, name));
	put_number(message.stream, FUNCTION_FILE, string(pprof, frame->frame.file));
	end(&message, PROFILE_FUNCTION, pprof->out);
	return 0;
}

/* Frame i is location i + 1 and function i + 1. */
static int put_location(struct pprof *pprof, size_t i, const struct sample_frame *frame)
{
	struct message message, line;
	int result = put_function(pprof, i + 1, frame);
	uint64_t module = frame->frame.module.size ? mapping(pprof, &frame->frame, &result) : 0;
	if (!begin(&message))
		return -1;
	put_number(message.stream, LOCATION_ID, i + 1);
	put_number(message.stream, LOCATION_MAPPING, module);
	if (module)
		put_number(message.stream, LOCATION_ADDRESS,
			   (module << MODULE_BITS) + (frame->frame.offset & ((1ull << MODULE_BITS) - 1)));
	if (begin(&line)) {
		put_number(line.stream, LINE_FUNCTION, i + 1);
		put_number(line.stream, LINE_LINE, frame->frame.line > 0 ? (uint64_t)frame->frame.line : 0);
		end(&line, LOCATION_LINE, message.stream);
	} else {
		result = -1;
	}
	end(&message, PROFILE_LOCATION, pprof->out);
	return result;
}

/* ---- samples ---- */

static void put_label(struct pprof *pprof, FILE *out, const char *key, struct text value)
{
	struct message message;
	if (!value.size || !begin(&message))
		return;
	put_number(message.stream, LABEL_KEY, string(pprof, text_of(key)));
	put_number(message.stream, LABEL_STRING, string(pprof, value));
	end(&message, SAMPLE_LABEL, out);
}

/* The innermost first, unlike everywhere else. */
static int put_sample(struct pprof *pprof, const struct sample *sample)
{
	const struct finding *finding = sample->finding;
	struct message message;
	if (!begin(&message))
		return -1;
	for (size_t i = sample->frame_count; i-- > 0;)
		put_number(message.stream, SAMPLE_LOCATIONS, sample->frames[i] + 1);
	put_number(message.stream, SAMPLE_VALUES, finding->entries);
	put_number(message.stream, SAMPLE_VALUES, finding->bytes);
	put_label(pprof, message.stream, "verdict", text_of(verdict_names[finding->verdict]));
	put_label(pprof, message.stream, "pages", finding->template);
	put_label(pprof, message.stream, "finding", text_of(finding->id));
	if (finding->scope_count == 1)
		put_label(pprof, message.stream, "test", finding->scopes[0]);
	end(&message, PROFILE_SAMPLE, pprof->out);
	return 0;
}

static int write_profile(struct pprof *pprof, const struct report *report, const struct samples *samples)
{
	int result = put_type(pprof, PROFILE_SAMPLE_TYPE, "entries", "count") |
		     put_type(pprof, PROFILE_SAMPLE_TYPE, "space", "bytes");
	for (size_t i = 0; i < samples->count; i++)
		result |= put_sample(pprof, &samples->at[i]);
	for (size_t i = 0; i < samples->frame_count; i++)
		result |= put_location(pprof, i, &samples->frames[i]);
	put_number(pprof->out, PROFILE_TIME, report->started_ns);
	if (report->ended_ns > report->started_ns)
		put_number(pprof->out, PROFILE_DURATION, report->ended_ns - report->started_ns);
	put_number(pprof->out, PROFILE_COMMENT, string(pprof, text_of(render_command(pprof->arena, report))));
	put_number(pprof->out, PROFILE_DEFAULT_TYPE, string(pprof, text_of("entries")));
	put_bytes(pprof->out, PROFILE_STRING, "", 0);
	for (const struct string *at = pprof->strings; at; at = at->hh.next)
		put_bytes(pprof->out, PROFILE_STRING, at->text.at, at->text.size);
	return result;
}

/* ---- gzip ---- */

static int write_compressed(FILE *out, const char *bytes, size_t size)
{
	unsigned char piece[16384];
	z_stream zip = {.next_in = (unsigned char *)(uintptr_t)bytes};
	int code = deflateInit2(&zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
				Z_DEFAULT_STRATEGY); /* 16: gzip */
	size_t left = size;
	if (code != Z_OK)
		return -1;
	do {
		if (!zip.avail_in) {
			zip.avail_in = left > UINT32_MAX ? UINT32_MAX : (uInt)left;
			left -= zip.avail_in;
		}
		zip.next_out = piece;
		zip.avail_out = sizeof piece;
		code = deflate(&zip, left ? Z_NO_FLUSH : Z_FINISH);
		fwrite(piece, 1, sizeof piece - zip.avail_out, out);
	} while (code == Z_OK);
	deflateEnd(&zip);
	return code == Z_STREAM_END ? 0 : -1;
}

int render_pprof(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	struct samples samples;
	struct message profile;
	int result = -1;
	samples_of(arena, report, options, &samples);
	if (begin(&profile)) {
		struct pprof pprof = {arena, profile.stream, NULL, NULL};
		result = write_profile(&pprof, report, &samples);
		if (fclose(profile.stream) || write_compressed(out, profile.bytes, profile.size))
			result = -1;
		free(profile.bytes);
		HASH_CLEAR(hh, pprof.strings);
		HASH_CLEAR(hh, pprof.modules);
	}
	return result ? error("the pprof report could not be made: out of memory") : 0;
}
