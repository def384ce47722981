/*
 * json_report.c - builds the parts that JSON formats share. Must not write to a stream.
 */
#include "render/json/json_report.h"
#include "base/text.h"
#include "findings/suppress.h"
#include "format.h"
#include <sys/wait.h>

/* ---- names ---- */

const char *json_judged_name(enum judged judged)
{
	static const char *const names[] = {[JUDGED_NOT] = "not",
					    [JUDGED_PATTERN] = "pattern",
					    [JUDGED_TEMP_ROOT] = "temp-root",
					    [JUDGED_TEMP_API] = "temp-api",
					    [JUDGED_MIXED_SITE] = "mixed-site",
					    [JUDGED_UNATTRIBUTED] = "unattributed"};
	return names[judged];
}

const char *json_phase_name(enum phase phase)
{
	static const char *const phases[] = {[PHASE_RUNNING] = "running",
					     [PHASE_COLLECTOR] = "collector",
					     [PHASE_AFTER_SCOPE] = "after-scope",
					     [PHASE_EXIT] = "exit",
					     [PHASE_FINALIZATION] = "finalization"};
	return phases[phase];
}

const char *json_cause_name(enum cause_kind kind)
{
	static const char *const kinds[] = {
#define X(number, id, name) [CAUSE_##id] = name,
		JOURNAL_WHY_TABLE(X)
#undef X
			[CAUSE_COLLECTED] = "released-by-collector",
	};
	return kinds[kind];
}

const char *json_moment_name(uint8_t moment)
{
	static const char *const moments[] = {
#define X(number, id, text) [number] = text,
		JOURNAL_MOMENT_TABLE(X)
#undef X
	};
	return moment < sizeof moments / sizeof *moments ? moments[moment] : NULL;
}

const char *json_kind_name(enum page_kind kind)
{
	static const char *const kinds[] = {
		[PAGE_FILE] = "file", [PAGE_DIRECTORY] = "directory", [PAGE_SYMLINK] = "symlink",
		[PAGE_FIFO] = "fifo", [PAGE_SOCKET] = "socket",       [PAGE_DEVICE] = "device",
		[PAGE_SHM] = "shm",   [PAGE_SEMAPHORE] = "semaphore"};
	return kinds[kind];
}

/* ---- parts ---- */

static json_t *wait_status(bool known, int status)
{
	if (!known)
		return json_null();
	if (WIFSIGNALED(status))
		return json_pack("{s:i}", "signaled", WTERMSIG(status));
	return json_pack("{s:i}", "exited", WEXITSTATUS(status));
}

json_t *json_audit(const struct report *report)
{
	static const char *const modes[] = {
		[MODE_EXIT] = "exit", [MODE_SNAPSHOT] = "snapshot", [MODE_POST_MORTEM] = "post-mortem"};
	static const char *const endings[] = {
#define X(id, name, meaning) name,
		ENDING_TABLE(X)
#undef X
	};
	json_t *object = json_object();
	json_object_set_new(object, "command", json_texts(report->command, report->command_count));
	json_set_path(object, "cwd", report->cwd);
	json_object_set_new(object, "host", json_text(report->host));
	json_object_set_new(object, "started", json_instant(report->started_ns));
	json_object_set_new(object, "ended", json_instant(report->ended_ns));
	json_object_set_new(object, "mode", json_string(modes[report->mode]));
	json_object_set_new(object, "status", wait_status(report->has_status, report->wait_status));
	json_object_set_new(object, "ending", json_string(endings[report->ending.kind]));
	return object;
}

json_t *json_coverage(const struct coverage *coverage)
{
	json_t *unaudited = json_array(), *limits = json_array();
	for (size_t i = 0; i < coverage->unaudited_count; i++) {
		const struct unaudited *one = &coverage->unaudited[i];
		json_t *object = json_pack("{s:o}", "pid", json_number(one->pid));
		json_set_path(object, "exe", one->exe);
		json_object_set_new(object, "reason", json_string(one->reason));
		json_object_set_new(object, "started", json_instant(one->process->started_ns));
		json_object_set_new(object, "ended", json_instant(one->process->ended_ns));
		json_array_append_new(unaudited, object);
	}
	for (size_t i = 0; i < coverage->limit_count; i++)
		json_array_append_new(limits, json_text(text_of(coverage->limits[i])));
	json_t *running = json_array();
	for (size_t i = 0; i < coverage->running_count; i++) {
		json_t *object = json_pack("{s:o}", "pid", json_number(coverage->running[i].pid));
		json_set_path(object, "exe", coverage->running[i].exe);
		json_array_append_new(running, object);
	}
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "complete", coverage->complete, "processes",
			 json_number(coverage->images), "audited", json_number(coverage->images_audited), "unaudited",
			 unaudited, "events_lost", json_number(coverage->events_lost), "limits", limits, "running",
			 running);
}

json_t *json_summary(const struct report *report)
{
	json_t *object = json_object();
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const struct total *total = &report->totals[verdict];
		json_object_set_new(object, verdict_names[verdict],
				    json_pack("{s:o, s:o}", "entries", json_number(total->entries), "bytes",
					      json_number(total->bytes)));
	}
	json_object_set_new(object, "sites", json_number(report->site_count));
	return object;
}

json_t *json_suppressed(const struct report *report)
{
	json_t *array = json_array();
	for (size_t i = 0; i < report->rule_count; i++) {
		const struct suppression *rule = &report->rules[i];
		if (rule->hidden.entries)
			json_array_append_new(array,
					      json_pack("{s:o, s:o, s:o, s:o}", "rule", json_text(text_of(rule->text)),
							"entries", json_number(rule->hidden.entries), "bytes",
							json_number(rule->hidden.bytes), "known",
							rule->by_design ? json_string(rule->by_design) : json_null()));
	}
	return array;
}

json_t *json_unused_rules(const struct report *report)
{
	json_t *array = json_array();
	for (size_t i = 0; i < report->rule_count; i++)
		if (!report->rules[i].hidden.entries && !report->rules[i].by_design)
			json_array_append_new(array, json_text(text_of(report->rules[i].text)));
	return array;
}

json_t *json_fixed(const struct report *report)
{
	json_t *array = json_array();
	for (size_t i = 0; i < report->fixed_count; i++) {
		const struct fixed_finding *one = &report->fixed[i];
		json_t *object = json_pack("{s:o, s:o}", "id", json_text(text_of(one->id)), "verdict",
					   json_text(text_of(one->verdict)));
		json_object_set_new(object, "entries", json_number(one->entries));
		json_object_set_new(object, "bytes", json_number(one->bytes));
		json_set_path(object, "template", one->template);
		json_object_set_new(object, "made", *one->made ? json_text(text_of(one->made)) : json_null());
		json_array_append_new(array, object);
	}
	return array;
}
