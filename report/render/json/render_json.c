/*
 * render_json.c - the report for programs, schema "pageleak-report/1". Values are made and escaped by jansson; only the
 * brackets around long lists are written here, so that a report of a million pages needs the memory of one.
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/text.h"
#include "base/version.h"
#include "findings/suppress.h"
#include "findings/suppression_text.h"
#include "journal/function_names.h"
#include "judge/test_scope.h"
#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/json/json_report.h"
#include "render/render.h"

/* ---- parts ---- */

static json_t *process(const struct process *process)
{
	json_t *object = json_pack("{s:o, s:o}", "pid", json_number(process->pid), "ppid", json_number(process->ppid));
	json_set_path(object, "exe", process->exe);
	json_object_set_new(object, "argv", json_texts(process->argv, process->argc));
	json_object_set_new(object, "started", json_instant(process->started_ns));
	json_object_set_new(object, "ended", json_instant(process->ended_ns));
	json_object_set_new(object, "status",
			    process->signal       ? json_pack("{s:i}", "signaled", process->signal)
			    : process->status < 0 ? json_null()
						  : json_pack("{s:i}", "exited", process->status & 0xff));
	return object;
}

static json_t *ancestry(const struct process *owner)
{
	json_t *array = json_array();
	int steps = 0;
	for (const struct process *p = owner ? owner->parent : NULL; p && steps < 1000; p = p->parent, steps++) {
		json_t *object = json_pack("{s:o}", "pid", json_number(p->pid));
		json_set_path(object, "exe", p->exe);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *owner(const struct finding *finding)
{
	const struct process *process = finding->owner;
	json_t *object = json_object(), *thing = json_null();
	char address[32];
	json_object_set_new(object, "pid", process ? json_number(process->pid) : json_null());
	json_object_set_new(object, "tid", process ? json_number(finding->tid) : json_null());
	json_set_path(object, "exe", process ? process->exe : text_none());
	json_object_set_new(object, "argv", process ? json_texts(process->argv, process->argc) : json_array());
	json_object_set_new(object, "ancestry", ancestry(process));
	if (finding->object) {
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)finding->object->address);
		thing = json_pack("{s:o, s:s, s:o}", "type", json_text(finding->object->type), "address", address,
				  "alive", finding->object_known ? json_boolean(finding->object_alive) : json_null());
	}
	json_object_set_new(object, "object", thing);
	return object;
}

/* The frames if the stack is of that language: each language has a key of its own. */
static json_t *script_frames(const struct script_stack *stack, enum journal_language language)
{
	json_t *array = json_array();
	for (uint32_t i = 0; stack && stack->language == language && i < stack->count; i++) {
		const struct script_frame *frame = &stack->frames[i];
		json_t *object = json_pack("{s:o}", "function", json_text(frame->code->function));
		json_set_path(object, "file", frame->code->file);
		json_object_set_new(object, "line", frame->line > 0 ? json_integer(frame->line) : json_null());
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *native_frames(const struct frames *frames)
{
	json_t *array = json_array();
	for (size_t i = 0; frames && i < frames->count; i++) {
		const struct frame *frame = &frames->at[i];
		json_t *object =
			json_pack("{s:o, s:o, s:o, s:b}", "function", json_text_or_null(frame->function), "file",
				  json_text_or_null(frame->file), "line",
				  frame->line > 0 ? json_integer(frame->line) : json_null(), "inlined", frame->inlined);
		json_set_path(object, "module", frame->module);
		json_object_set_new(object, "build_id", json_text_or_null(frame->build_id));
		json_object_set_new(object, "offset", json_number(frame->offset));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *release(const struct finding *finding)
{
	const struct event *event = finding->release;
	if (!event)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "pid", event->process ? json_number(event->process->pid) : json_null());
	json_object_set_new(object, "tid", json_number(event->tid));
	json_set_path(object, "exe", event->process ? event->process->exe : text_none());
	json_object_set_new(object, "api", json_string(function_names_at(event->api)));
	json_object_set_new(object, "phase", json_string(json_phase_name(finding->phase)));
	json_object_set_new(object, "by", finding->release_by ? json_string(finding->release_by) : json_null());
	json_object_set_new(object, "trigger",
			    finding->release_trigger ? json_string(finding->release_trigger) : json_null());
	json_object_set_new(object, "python", script_frames(event->script, LANGUAGE_PYTHON));
	json_object_set_new(object, "native", native_frames(finding->release_native));
	return object;
}

static json_t *cause(const struct cause *cause)
{
	if (!cause)
		return json_null();
	const char *moment = json_moment_name(cause->moment);
	json_t *object = json_pack("{s:s, s:o, s:o}", "kind", json_cause_name(cause->kind), "detail",
				   json_text(cause->detail), "chain", json_texts(cause->chain, cause->chain_count));
	json_object_set_new(object, "advice", json_text_or_null(cause->advice));
	json_object_set_new(object, "moment", moment ? json_string(moment) : json_null());
	return object;
}

/* The unaudited programs that may have made a page that no audited process made. */
static json_t *unattributed(const struct finding *finding)
{
	const struct stranger *stranger = finding->stranger;
	if (!stranger)
		return json_null();
	json_t *doubts = json_array();
	for (size_t i = 0; i < stranger->doubt_count && i < STRANGER_DOUBTS; i++) {
		const struct doubt *doubt = stranger->doubts[i];
		json_t *object =
			json_pack("{s:o}", "pid", doubt->process ? json_number(doubt->process->pid) : json_null());
		json_set_path(object, "exe", doubt->process ? doubt->process->exe : text_none());
		json_object_set_new(object, "reason", json_string(doubt->reason));
		json_object_set_new(object, "started", json_instant(doubt->from_ns));
		json_object_set_new(object, "ended", json_instant(doubt->to_ns));
		json_array_append_new(doubts, object);
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "uid", json_number(stranger->uid), "born",
			 json_instant(finding->pages[0]->stranger->born_ns), "born_last",
			 json_instant(stranger->born_ns), "running", doubts, "running_count",
			 json_number(stranger->doubt_count));
}

/* All of a finding but its pages. */
static json_t *finding_head(struct arena *arena, const struct report *report, const struct finding *finding)
{
	json_t *object = json_object();
	json_object_set_new(object, "id", json_string(finding->id));
	json_object_set_new(object, "verdict", json_string(verdict_names[finding->verdict]));
	json_object_set_new(object, "judged", json_string(json_judged_name(finding->judged)));
	json_object_set_new(object, "entries", json_number(finding->entries));
	json_object_set_new(object, "bytes", json_number(finding->bytes));
	json_set_path(object, "template", finding->template);
	json_object_set_new(object, "site_created", json_number(finding->site_created));
	json_object_set_new(object, "site_released", json_number(finding->site_released));
	json_object_set_new(object, "owner", owner(finding));
	json_object_set_new(object, "api", finding->api ? json_string(finding->api) : json_null());
	json_object_set_new(object, "raw", json_boolean(finding->api_raw));
	json_object_set_new(object, "python", script_frames(finding->script, LANGUAGE_PYTHON));
	json_object_set_new(object, "native", native_frames(finding->native));
	json_object_set_new(object, "made", json_text_or_null(text_of(finding_place_maker(arena, report, finding))));
	json_object_set_new(object, "release", release(finding));
	json_object_set_new(object, "cause", cause(finding->cause));
	json_object_set_new(object, "scopes", json_texts(finding->scopes, finding->scope_count));
	json_object_set_new(object, "unattributed", unattributed(finding));
	json_object_set_new(object, "below",
			    json_pack("{s:o, s:o}", "left", json_number(finding->below.left), "removed",
				      json_number(finding->below.removed)));
	json_object_set_new(
		object, "filler",
		!finding->filler
			? json_null()
			: json_pack("{s:o, s:o, s:o}", "entries", json_number(finding->filler->entries), "made",
				    json_text_or_null(text_of(finding_place_maker(arena, report, finding->filler))),
				    "pid", json_number(finding->filler->owner->pid)));
	json_object_set_new(object, "removed_before", json_instant(finding->below.removed_before_ns));
	json_object_set_new(object, "rule", json_text(text_of(suppression_text_for(arena, finding))));
	return object;
}

static json_t *holders(const struct page *page)
{
	json_t *array = json_array();
	for (const struct holder *at = page->holders; at; at = at->next) {
		json_t *object = json_pack("{s:o}", "pid", json_number(at->pid));
		json_set_path(object, "exe", at->exe);
		json_object_set_new(object, "descriptor",
				    at->descriptor < 0 ? json_null() : json_integer(at->descriptor));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *page(struct arena *arena, const struct page *page, struct test_scope_memo *memo)
{
	const struct event *made = page->made;
	json_t *object = json_object();
	json_set_path(object, "path", page->path);
	json_object_set_new(object, "kind", json_string(json_kind_name(page->kind)));
	json_object_set_new(object, "bytes", json_number(page->bytes));
	json_object_set_new(object, "created", json_instant(made ? made->time_ns : page->stranger->born_ns));
	json_object_set_new(object, "pid", made && made->process ? json_number(made->process->pid) : json_null());
	json_object_set_new(object, "tid", made ? json_number(made->tid) : json_null());
	json_object_set_new(object, "scope", made ? json_text_or_null(test_scope_of(arena, made, memo)) : json_null());
	if (page->renamed_from.size > 0)
		json_set_path(object, "renamed_from", page->renamed_from);
	else
		json_object_set_new(object, "renamed_from", json_null());
	json_object_set_new(object, "exists", json_boolean(page->exists));
	if (page->holders)
		json_object_set_new(object, "holders", holders(page));
	return object;
}

/* ---- the stream ---- */

static int member(FILE *out, const char *name, json_t *value, const char *after)
{
	fputc(' ', out);
	json_write(out, json_string(name), 0);
	fputs(": ", out);
	int result = json_write(out, value, 0);
	fputs(after, out);
	return result;
}

static int write_finding(struct arena *arena, FILE *out, const struct report *report, const struct finding *finding)
{
	json_t *head = finding_head(arena, report, finding);
	struct test_scope_memo memo = {0};
	const char *key;
	json_t *value;
	int result = 0;
	fputs("{\n", out);
	json_object_foreach(head, key, value) result |= member(out, key, json_incref(value), ",\n");
	json_decref(head);
	fputs(" \"pages\": [", out);
	for (size_t i = 0; i < finding->entries; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		result |= json_write(out, page(arena, finding->pages[i], &memo), 0);
	}
	fputs("]}", out);
	return result;
}

static int write_findings(struct arena *arena, FILE *out, const struct report *report, const char *name,
			  const struct finding *findings, size_t count)
{
	int result = 0;
	fprintf(out, " \"%s\": [", name);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",\n" : "\n", out);
		result |= write_finding(arena, out, report, &findings[i]);
	}
	fputs("],\n", out);
	return result;
}

int render_json(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	int result = 0;
	(void)options;
	fputs("{\n", out);
	result |= member(out, "schema", json_string("pageleak-report/1"), ",\n");
	result |= member(out, "tool", json_pack("{s:s, s:s}", "name", "pageleak", "version", PAGELEAK_VERSION), ",\n");
	result |= member(out, "audit", json_audit(report), ",\n");
	result |= member(out, "coverage", json_coverage(&report->coverage), ",\n");
	result |= member(out, "summary", json_summary(report), ",\n");
	fputs(" \"processes\": [", out);
	for (size_t i = 0; i < report->process_count; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		result |= json_write(out, process(report->processes[i]), 0);
	}
	fputs("],\n", out);
	result |= write_findings(arena, out, report, "findings", report->findings, report->finding_count);
	result |= write_findings(arena, out, report, "baselined", report->baselined, report->baselined_count);
	result |= member(out, "suppressed", json_suppressed(report), ",\n");
	result |= member(out, "unused_rules", json_unused_rules(report), ",\n");
	result |= member(out, "fixed", json_number(report->fixed_count), ",\n");
	result |= member(out, "fixed_findings", json_fixed(report), "\n");
	fputs("}\n", out);
	if (result && !ferror(out))
		return error("the JSON report could not be made: out of memory");
	return 0;
}
