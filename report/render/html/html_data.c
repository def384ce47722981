/*
 * html_data.c - writes the audit, processes, timeline and source lines as JSON. Findings are written by
 * html_findings.c.
 */
#include "render/html/html_data.h"
#include "base/message.h"
#include "base/text.h"
#include "base/version.h"
#include "findings/source_lines.h"
#include "findings/timeline.h"
#include "format.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "render/html/html_findings.h"
#include "render/json/json_report.h"
#include <errno.h>
#include <string.h>

enum { PROCESSES_MOST = 50000, ARGUMENTS_SHOWN = 400, COMMAND_SHOWN = 4000 };

/* ---- what cannot end a script ---- */

static ssize_t write_script(void *cookie, const char *bytes, size_t size)
{
	FILE *out = cookie;
	const char *at = bytes, *end = bytes + size;
	while (at < end) {
		const char *less = memchr(at, '<', (size_t)(end - at));
		fwrite(at, 1, (size_t)((less ? less : end) - at), out);
		if (less)
			fputs("\\u003c", out);
		at = less ? less + 1 : end;
	}
	return ferror(out) ? -1 : (ssize_t)size;
}

FILE *html_data_open_script(FILE *out)
{
	FILE *script = fopencookie(out, "w", (cookie_io_functions_t){.write = write_script});
	if (!script)
		error("the HTML report could not be made: %s", strerror(errno));
	return script;
}

/* ---- the audit ---- */

static int member(FILE *out, const char *name, json_t *value)
{
	fprintf(out, "\"%s\":", name);
	int result = json_write(out, value, JSON_COMPACT);
	fputs(",\n", out);
	return result;
}

/* All arguments with a space between, cut at `most` bytes. */
static struct text command_line(struct arena *arena, const struct text *argv, size_t argc, size_t most)
{
	char *line = arena_take(arena, most + 8);
	size_t size = 0;
	for (size_t i = 0; i < argc; i++) {
		size_t length = argv[i].size;
		bool cut = size + length + 1 > most;
		if (i)
			line[size++] = ' ';
		if (cut)
			for (length = size < most ? most - size : 0;
			     length && length < argv[i].size && ((unsigned char)argv[i].at[length] & 0xc0) == 0x80;)
				length--; /* not within a character */
		memcpy(line + size, argv[i].at, length);
		size += length;
		if (cut)
			return (struct text){line, (size_t)(stpcpy(line + size, "...") - line)};
	}
	return (struct text){line, size};
}

static json_t *audit(struct arena *arena, const struct report *report)
{
	json_t *object = json_audit(report);
	json_object_del(object, "command"); /* it may be too long */
	json_object_set_new(object, "command_line",
			    json_text(command_line(arena, report->command, report->command_count, COMMAND_SHOWN)));
	json_object_set_new(object, "root", json_text(report->root));
	return object;
}

static json_t *verdicts(void)
{
	json_t *array = json_array();
#define X(id, name, fails, counts, meaning) json_array_append_new(array, json_pack("[s, s]", name, meaning));
	VERDICT_TABLE(X)
#undef X
	return array;
}

/* ---- processes ---- */

struct listed {
	struct html_table *table;
	struct arena *arena;
	const struct report *report;
};

static int64_t program(struct listed *listed, const struct process *process)
{
	return html_table_text(listed->table, process->exe.size || !process->argc ? process->exe : process->argv[0]);
}

static int64_t arguments(struct listed *listed, const struct process *process)
{
	return html_table_text(listed->table,
			       command_line(listed->arena, process->argv, process->argc, ARGUMENTS_SHOWN));
}

static int64_t reason(struct listed *listed, const struct process *process)
{
	return process->audited || !process->reason ? -1 : html_table_text(listed->table, text_of(process->reason));
}

static const struct timeline_tally *tally(struct listed *listed, size_t number)
{
	static const struct timeline_tally none;
	return listed->report->timeline ? &listed->report->timeline->processes[number] : &none;
}

/* `number`: of the process in the report. Flags: see the names in processes.js. */
#define PROCESS_TABLE(X)                                                                                               \
	X(pid, process->pid)                                                                                           \
	X(parent, html_table_process(listed->table, process->parent))                                                  \
	X(before, html_table_process(listed->table, process->before))                                                  \
	X(exe, program(listed, process))                                                                               \
	X(argv, arguments(listed, process))                                                                            \
	X(started, html_findings_time(listed->report, process->started_ns))                                            \
	X(ended, html_findings_time(listed->report, process->ended_ns))                                                \
	X(status, process->signal ? -1 : process->status)                                                              \
	X(signal, process->signal)                                                                                     \
	X(audited, process->audited)                                                                                   \
	X(reason, reason(listed, process))                                                                             \
	X(forked, process->forked)                                                                                     \
	X(made, (int64_t)tally(listed, number)->made)                                                                  \
	X(released, (int64_t)tally(listed, number)->released)                                                          \
	X(left, (int64_t)tally(listed, number)->left)

#define PROCESS_COLUMN(id, expression)                                                                                 \
	static int64_t process_##id(struct listed *listed, const struct process *process, size_t number)               \
	{                                                                                                              \
		(void)listed, (void)process, (void)number;                                                             \
		return expression;                                                                                     \
	}
PROCESS_TABLE(PROCESS_COLUMN)

static const struct {
	const char *name;
	int64_t (*of)(struct listed *listed, const struct process *process, size_t number);
} process_columns[] = {
#define X(id, expression) {#id, process_##id},
	PROCESS_TABLE(X)
#undef X
};

static void write_processes(struct listed *listed, FILE *out)
{
	const struct report *report = listed->report;
	size_t count = report->process_count < PROCESSES_MOST ? report->process_count : PROCESSES_MOST;
	int64_t *values = arena_take(listed->arena, (count + 1) * sizeof *values);
	fprintf(out, "\"processes_left_out\":%zu,\n\"processes\":{\"count\":%zu", report->process_count - count, count);
	for (size_t column = 0; column < sizeof process_columns / sizeof *process_columns; column++) {
		for (size_t i = 0; i < count; i++)
			values[i] = process_columns[column].of(listed, report->processes[i], i);
		html_table_column(out, process_columns[column].name, values, count);
	}
	fputs("},\n", out);
}

/* ---- timeline ---- */

#define TIMELINE_COLUMNS(X) X(number) X(made) X(released) X(live) X(most) X(left) X(left_bytes)

static void write_timeline(struct listed *listed, FILE *out)
{
	const struct timeline *timeline = listed->report->timeline;
	if (!timeline) {
		fputs("\"timeline\":null,\n", out);
		return;
	}
	int64_t *values = arena_take(listed->arena, (timeline->count + 1) * sizeof *values);
	fprintf(out,
		"\"timeline\":{\"from\":%lld,\"to\":%lld,\"width_ns\":%llu,\"peak\":%llu,\"peak_at\":%lld,\"made_"
		"total\":%llu,\"released_total\":%llu,\"count\":%zu",
		(long long)html_findings_time(listed->report, timeline->from_ns),
		(long long)html_findings_time(listed->report, timeline->to_ns), (unsigned long long)timeline->width_ns,
		(unsigned long long)timeline->most, (long long)html_findings_time(listed->report, timeline->most_ns),
		(unsigned long long)timeline->made, (unsigned long long)timeline->released, timeline->count);
#define X(field)                                                                                                       \
	for (size_t i = 0; i < timeline->count; i++)                                                                   \
		values[i] = (int64_t)timeline->at[i].field;                                                            \
	html_table_column(out, #field, values, timeline->count);
	TIMELINE_COLUMNS(X)
#undef X
	fputs("},\n", out);
}

/* ---- source ---- */

/* {file: [changed, first line, [text...], first line, [text...] ...]}, each list an unbroken run of lines. */
static int write_sources(struct listed *listed, FILE *out)
{
	const struct sources *sources = listed->report->sources;
	int result = 0;
	fputs("\"sources\":{", out);
	for (size_t i = 0; sources && i < sources->count; i++) {
		const struct source *source = &sources->at[i];
		fprintf(out, i ? ",\n\"%d\":[%d" : "\n\"%d\":[%d", html_table_text(listed->table, source->file),
			source->changed);
		for (size_t k = 0; k < source->line_count; k++) {
			bool first = !k || source->lines[k].number != source->lines[k - 1].number + 1;
			if (first)
				fprintf(out, k ? "],%d,[" : ",%d,[", source->lines[k].number);
			else
				fputc(',', out);
			result |= json_write(out, json_text(source->lines[k].text), 0);
		}
		fputs("]]", out);
	}
	fputs("},\n", out);
	return result;
}

/* ---- all of it ---- */

static int write_all(struct listed *listed, FILE *out, const struct render_options *options)
{
	const struct report *report = listed->report;
	int result = 0;
	fputs("{", out);
	result |= member(out, "schema", json_string("pageleak-html/1"));
	result |= member(out, "version", json_string(PAGELEAK_VERSION));
	result |= member(out, "audit", audit(listed->arena, report));
	result |= member(out, "coverage", json_coverage(&report->coverage));
	result |= member(out, "seen",
			 json_pack("{s:o, s:o}", "processes", json_number(report->coverage.processes), "audited",
				   json_number(report->coverage.audited)));
	result |= member(out, "summary", json_summary(report));
	result |= member(out, "verdicts", verdicts());
	result |= member(out, "suppressed", json_suppressed(report));
	result |= member(out, "unused_rules", json_unused_rules(report));
	result |= member(out, "fixed", json_fixed(report));
	result |=
		member(out, "fixed_fails", json_boolean(options->gate && options->gate->fixed && report->fixed_count));
	result |= member(out, "collected", options->collected ? json_null() : json_number(report->collected.entries));
	result |= member(out, "gate_failed", json_boolean(options->failed));
	result |= member(out, "journal", options->journal ? json_text(text_of(options->journal)) : json_null());
	result |= member(out, "started_ms", json_integer((json_int_t)(report->started_ns / 1000000)));
	write_processes(listed, out);
	write_timeline(listed, out);
	result |= html_findings_write(listed->table, listed->arena, out, report, options);
	result |= write_sources(listed, out);
	result |= html_table_write(listed->table, out); /* last: everything else has been numbered */
	fputs("}\n", out);
	return result;
}

int html_data_write(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	FILE *script = html_data_open_script(out);
	if (!script)
		return -1;
	struct listed listed = {html_table_new(arena, report), arena, report};
	int result = write_all(&listed, script, options);
	html_table_free(listed.table);
	fclose(script);
	return result && !ferror(out) ? error("the HTML report could not be made: out of memory") : 0;
}
