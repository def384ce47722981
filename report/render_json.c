/*
 * render_json.c - the report for programs, schema "pageleak-report/1". Values are made and escaped by jansson; only the
 * brackets around long lists are written here, so that a report of a million pages needs the memory of one.
 */
#include "api.h"
#include "options.h"
#include "render.h"
#include "suppress.h"
#include "scope.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* ---- values ---- */

/* Bytes that are not UTF-8 as \xNN; `escaped` says whether there were any. */
static json_t *string_escaped(struct text text, bool *escaped)
{
	json_t *string = json_stringn(text.at, text.size);
	*escaped = string == NULL;
	if (string)
		return string;
	char *out = malloc(text.size * 4 + 1);
	size_t size = 0;
	for (size_t i = 0; out && i < text.size;) {
		size_t length = 1;
		unsigned char byte = (unsigned char)text.at[i];
		if (byte >= 0x80) {
			length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
			json_t *valid = length <= text.size - i ? json_stringn(text.at + i, length) : NULL;
			if (!valid) {
				size += (size_t)sprintf(out + size, "\\x%02x", byte);
				i++;
				continue;
			}
			json_decref(valid);
		}
		memcpy(out + size, text.at + i, length);
		size += length;
		i += length;
	}
	string = json_stringn(out ? out : "", size);
	free(out);
	return string;
}

static json_t *string(struct text text)
{
	bool escaped;
	return string_escaped(text, &escaped);
}

static json_t *string_or_null(struct text text)
{
	return text.size > 0 ? string(text) : json_null();
}

static json_t *base64(struct text text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(text.size / 3 * 4 + 5);
	size_t size = 0;
	for (size_t i = 0; out && i < text.size; i += 3) {
		size_t left = text.size - i;
		unsigned a = (unsigned char)text.at[i];
		unsigned b = left > 1 ? (unsigned char)text.at[i + 1] : 0;
		unsigned c = left > 2 ? (unsigned char)text.at[i + 2] : 0;
		out[size++] = digits[a >> 2];
		out[size++] = digits[(a & 3) << 4 | b >> 4];
		out[size++] = left > 1 ? digits[(b & 15) << 2 | c >> 6] : '=';
		out[size++] = left > 2 ? digits[c & 63] : '=';
	}
	json_t *value = json_stringn(out ? out : "", size);
	free(out);
	return value;
}

/* Sets `key`, and `key`_raw in base64 when it is not UTF-8. */
static void set_path(json_t *object, const char *key, struct text path)
{
	char raw[64];
	bool escaped;
	json_object_set_new(object, key, string_escaped(path, &escaped));
	if (!escaped)
		return;
	snprintf(raw, sizeof(raw), "%s_raw", key);
	json_object_set_new(object, raw, base64(path));
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *instant(uint64_t ns)
{
	char text[64];
	struct tm parts;
	time_t seconds = (time_t)(ns / 1000000000u);
	if (ns == 0 || !gmtime_r(&seconds, &parts))
		return json_null();
	size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + size, sizeof(text) - size, ".%09uZ", (unsigned)(ns % 1000000000u));
	return json_string(text);
}

static json_t *strings(const struct text *texts, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, string(texts[i]));
	return array;
}

static json_t *wait_status(bool known, int status)
{
	if (!known)
		return json_null();
	if (WIFSIGNALED(status))
		return json_pack("{s:i}", "signaled", WTERMSIG(status));
	return json_pack("{s:i}", "exited", WEXITSTATUS(status));
}

/* ---- parts ---- */

static json_t *audit(const struct report *report)
{
	static const char *const modes[] = {
		[MODE_EXIT] = "exit", [MODE_SNAPSHOT] = "snapshot", [MODE_POST_MORTEM] = "post-mortem"};
	json_t *object = json_object();
	json_object_set_new(object, "command", strings(report->command, report->command_count));
	set_path(object, "cwd", report->cwd);
	json_object_set_new(object, "host", string(report->host));
	json_object_set_new(object, "started", instant(report->started_ns));
	json_object_set_new(object, "ended", instant(report->ended_ns));
	json_object_set_new(object, "mode", json_string(modes[report->mode]));
	json_object_set_new(object, "status", wait_status(report->has_status, report->wait_status));
	return object;
}

static json_t *coverage(const struct coverage *coverage)
{
	json_t *unaudited = json_array(), *limits = json_array();
	for (size_t i = 0; i < coverage->unaudited_count; i++) {
		const struct unaudited *one = &coverage->unaudited[i];
		json_t *object = json_pack("{s:o}", "pid", number(one->pid));
		set_path(object, "exe", one->exe);
		json_object_set_new(object, "reason", json_string(one->reason));
		json_object_set_new(object, "started", instant(one->process->started_ns));
		json_object_set_new(object, "ended", instant(one->process->ended_ns));
		json_array_append_new(unaudited, object);
	}
	for (size_t i = 0; i < coverage->limit_count; i++)
		json_array_append_new(limits, string(text_of(coverage->limits[i])));
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "complete", coverage->complete, "processes",
			 number(coverage->processes), "audited", number(coverage->audited), "unaudited", unaudited,
			 "events_lost", number(coverage->events_lost), "limits", limits);
}

static json_t *summary(const struct report *report)
{
	json_t *object = json_object();
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const struct total *total = &report->totals[verdict];
		json_object_set_new(
			object, verdict_names[verdict],
			json_pack("{s:o, s:o}", "entries", number(total->entries), "bytes", number(total->bytes)));
	}
	json_object_set_new(object, "sites", number(report->site_count));
	return object;
}

static json_t *process(const struct process *process)
{
	json_t *object = json_pack("{s:o, s:o}", "pid", number(process->pid), "ppid", number(process->ppid));
	set_path(object, "exe", process->exe);
	json_object_set_new(object, "argv", strings(process->argv, process->argc));
	json_object_set_new(object, "started", instant(process->started_ns));
	json_object_set_new(object, "ended", instant(process->ended_ns));
	json_object_set_new(object, "status",
			    process->signal	  ? json_pack("{s:i}", "signaled", process->signal)
			    : process->status < 0 ? json_null()
						  : json_pack("{s:i}", "exited", process->status & 0xff));
	return object;
}

static json_t *ancestry(const struct process *owner)
{
	json_t *array = json_array();
	int steps = 0;
	for (const struct process *p = owner ? owner->parent : NULL; p && steps < 1000; p = p->parent, steps++) {
		json_t *object = json_pack("{s:o}", "pid", number(p->pid));
		set_path(object, "exe", p->exe);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *owner(const struct finding *finding)
{
	const struct process *process = finding->owner;
	json_t *object = json_object(), *thing = json_null();
	char address[32];
	json_object_set_new(object, "pid", process ? number(process->pid) : json_null());
	json_object_set_new(object, "tid", process ? number(finding->tid) : json_null());
	set_path(object, "exe", process ? process->exe : text_none());
	json_object_set_new(object, "argv", process ? strings(process->argv, process->argc) : json_array());
	json_object_set_new(object, "ancestry", ancestry(process));
	if (finding->object) {
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)finding->object->address);
		thing = json_pack("{s:o, s:s, s:o}", "type", string(finding->object->type), "address", address, "alive",
				  finding->object_known ? json_boolean(finding->object_alive) : json_null());
	}
	json_object_set_new(object, "object", thing);
	return object;
}

static json_t *python_frames(const struct python_stack *stack)
{
	json_t *array = json_array();
	for (uint32_t i = 0; stack && i < stack->count; i++) {
		const struct python_frame *frame = &stack->frames[i];
		json_t *object = json_pack("{s:o}", "function", string(frame->function));
		set_path(object, "file", frame->file);
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
			json_pack("{s:o, s:o, s:o, s:b}", "function", string_or_null(frame->function), "file",
				  string_or_null(frame->file), "line",
				  frame->line > 0 ? json_integer(frame->line) : json_null(), "inlined", frame->inlined);
		set_path(object, "module", frame->module);
		json_object_set_new(object, "build_id", string_or_null(frame->build_id));
		json_object_set_new(object, "offset", number(frame->offset));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *release(const struct finding *finding)
{
	static const char *const phases[] = {[PHASE_RUNNING] = "running",
					     [PHASE_COLLECTOR] = "collector",
					     [PHASE_AFTER_SCOPE] = "after-scope",
					     [PHASE_EXIT] = "exit",
					     [PHASE_FINALIZATION] = "finalization"};
	const struct event *event = finding->release;
	if (!event)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "pid", event->process ? number(event->process->pid) : json_null());
	json_object_set_new(object, "tid", number(event->tid));
	set_path(object, "exe", event->process ? event->process->exe : text_none());
	json_object_set_new(object, "api", json_string(api_name(event->api)));
	json_object_set_new(object, "phase", json_string(phases[finding->phase]));
	json_object_set_new(object, "by", finding->release_by ? json_string(finding->release_by) : json_null());
	json_object_set_new(object, "trigger", finding->release_trigger ? json_string(finding->release_trigger) : json_null());
	json_object_set_new(object, "python", python_frames(event->python));
	json_object_set_new(object, "native", native_frames(finding->release_native));
	return object;
}

static json_t *cause(const struct cause *cause)
{
	static const char *const kinds[] = {
#define X(number, id, name) [CAUSE_##id] = name,
		JOURNAL_WHY_TABLE(X)
#undef X
		[CAUSE_COLLECTED] = "released-by-collector",
	};
	static const char *const moments[] = {
#define X(number, id, text) [number] = text,
		JOURNAL_MOMENT_TABLE(X)
#undef X
	};
	if (!cause)
		return json_null();
	const char *moment = cause->moment < sizeof moments / sizeof *moments ? moments[cause->moment] : NULL;
	json_t *object = json_pack("{s:s, s:o, s:o}", "kind", kinds[cause->kind], "detail", string(cause->detail), "chain",
				   strings(cause->chain, cause->chain_count));
	json_object_set_new(object, "advice", string_or_null(cause->advice));
	json_object_set_new(object, "moment", moment ? json_string(moment) : json_null());
	return object;
}

static const char *judged_name(enum judged judged)
{
	static const char *const names[] = {[JUDGED_NOT] = "not",
					    [JUDGED_PATTERN] = "pattern",
					    [JUDGED_TEMP_ROOT] = "temp-root",
					    [JUDGED_TEMP_API] = "temp-api",
					    [JUDGED_MIXED_SITE] = "mixed-site",
					    [JUDGED_UNATTRIBUTED] = "unattributed"};
	return names[judged];
}

/* Who may have made what nobody audited made. */
static json_t *unattributed(const struct finding *finding)
{
	const struct stranger *stranger = finding->stranger;
	if (!stranger)
		return json_null();
	json_t *doubts = json_array();
	for (size_t i = 0; i < stranger->doubt_count && i < STRANGER_DOUBTS; i++) {
		const struct doubt *doubt = stranger->doubts[i];
		json_t *object = json_pack("{s:o}", "pid", doubt->process ? number(doubt->process->pid) : json_null());
		set_path(object, "exe", doubt->process ? doubt->process->exe : text_none());
		json_object_set_new(object, "reason", json_string(doubt->reason));
		json_object_set_new(object, "started", instant(doubt->from_ns));
		json_object_set_new(object, "ended", instant(doubt->to_ns));
		json_array_append_new(doubts, object);
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "uid", number(stranger->uid), "born",
			 instant(finding->pages[0]->stranger->born_ns), "born_last", instant(stranger->born_ns), "running",
			 doubts, "running_count", number(stranger->doubt_count));
}

/* Everything of a finding but its pages. */
static json_t *finding_head(struct arena *arena, const struct finding *finding)
{
	json_t *object = json_object();
	json_object_set_new(object, "id", json_string(finding->id));
	json_object_set_new(object, "verdict", json_string(verdict_names[finding->verdict]));
	json_object_set_new(object, "judged", json_string(judged_name(finding->judged)));
	json_object_set_new(object, "entries", number(finding->entries));
	json_object_set_new(object, "bytes", number(finding->bytes));
	set_path(object, "template", finding->template);
	json_object_set_new(object, "site_created", number(finding->site_created));
	json_object_set_new(object, "site_released", number(finding->site_released));
	json_object_set_new(object, "owner", owner(finding));
	json_object_set_new(object, "api", finding->api ? json_string(finding->api) : json_null());
	json_object_set_new(object, "raw", json_boolean(finding->api_raw));
	json_object_set_new(object, "python", python_frames(finding->python));
	json_object_set_new(object, "native", native_frames(finding->native));
	json_object_set_new(object, "release", release(finding));
	json_object_set_new(object, "cause", cause(finding->cause));
	json_object_set_new(object, "scopes", strings(finding->scopes, finding->scope_count));
	json_object_set_new(object, "unattributed", unattributed(finding));
	json_object_set_new(object, "below", json_pack("{s:o, s:o}", "left", number(finding->below.left), "removed", number(finding->below.removed)));
	json_object_set_new(object, "removed_before", instant(finding->below.removed_before_ns));
	json_object_set_new(object, "rule", string(text_of(suppress_rule_for(arena, finding))));
	return object;
}

static json_t *holders(const struct page *page)
{
	json_t *array = json_array();
	for (const struct holder *at = page->holders; at; at = at->next) {
		json_t *object = json_pack("{s:o}", "pid", number(at->pid));
		set_path(object, "exe", at->exe);
		json_object_set_new(object, "descriptor", at->descriptor < 0 ? json_null() : json_integer(at->descriptor));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *page(struct arena *arena, const struct page *page, struct scope_memo *memo)
{
	static const char *const kinds[] = {
		[PAGE_FILE] = "file", [PAGE_DIRECTORY] = "directory", [PAGE_SYMLINK] = "symlink",
		[PAGE_FIFO] = "fifo", [PAGE_SOCKET] = "socket",       [PAGE_DEVICE] = "device",
		[PAGE_SHM] = "shm",   [PAGE_SEMAPHORE] = "semaphore"};
	const struct event *made = page->made;
	json_t *object = json_object();
	set_path(object, "path", page->path);
	json_object_set_new(object, "kind", json_string(kinds[page->kind]));
	json_object_set_new(object, "bytes", number(page->bytes));
	json_object_set_new(object, "created", instant(made ? made->time_ns : page->stranger->born_ns));
	json_object_set_new(object, "pid", made && made->process ? number(made->process->pid) : json_null());
	json_object_set_new(object, "tid", made ? number(made->tid) : json_null());
	json_object_set_new(object, "scope", made ? string_or_null(scope_of(arena, made, memo)) : json_null());
	if (page->renamed_from.size > 0)
		set_path(object, "renamed_from", page->renamed_from);
	else
		json_object_set_new(object, "renamed_from", json_null());
	json_object_set_new(object, "exists", json_boolean(page->exists));
	if (page->holders)
		json_object_set_new(object, "holders", holders(page));
	return object;
}

/* ---- the stream ---- */

/* Writes and frees `value`. */
static int dump(FILE *out, json_t *value, size_t flags)
{
	int result = value ? json_dumpf(value, out, flags | JSON_ENCODE_ANY) : -1;
	json_decref(value);
	return result;
}

static int member(FILE *out, const char *name, json_t *value, const char *after)
{
	fputc(' ', out);
	dump(out, json_string(name), 0);
	fputs(": ", out);
	int result = dump(out, value, 0);
	fputs(after, out);
	return result;
}

static int write_finding(struct arena *arena, FILE *out, const struct finding *finding)
{
	json_t *head = finding_head(arena, finding);
	struct scope_memo memo = {0};
	const char *key;
	json_t *value;
	int result = 0;
	fputs("{\n", out);
	json_object_foreach(head, key, value) result |= member(out, key, json_incref(value), ",\n");
	json_decref(head);
	fputs(" \"pages\": [", out);
	for (size_t i = 0; i < finding->entries; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		result |= dump(out, page(arena, finding->pages[i], &memo), 0);
	}
	fputs("]}", out);
	return result;
}

static json_t *suppressed(const struct report *report)
{
	json_t *array = json_array();
	for (size_t i = 0; i < report->rule_count; i++) {
		const struct suppression *rule = &report->rules[i];
		if (rule->hidden.entries)
			json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o}", "rule", string(text_of(rule->text)), "entries",
							       number(rule->hidden.entries), "bytes", number(rule->hidden.bytes), "known",
							       rule->known ? json_string(rule->known) : json_null()));
	}
	return array;
}

/* Rules of the user's that hid nothing; what is known by design need not happen. */
static json_t *unused_rules(const struct report *report)
{
	json_t *array = json_array();
	for (size_t i = 0; i < report->rule_count; i++)
		if (!report->rules[i].hidden.entries && !report->rules[i].known)
			json_array_append_new(array, string(text_of(report->rules[i].text)));
	return array;
}

int render_json(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	int result = 0;
	(void)options;
	fputs("{\n", out);
	result |= member(out, "schema", json_string("pageleak-report/1"), ",\n");
	result |= member(out, "tool", json_pack("{s:s, s:s}", "name", "pageleak", "version", PAGELEAK_VERSION), ",\n");
	result |= member(out, "audit", audit(report), ",\n");
	result |= member(out, "coverage", coverage(&report->coverage), ",\n");
	result |= member(out, "summary", summary(report), ",\n");
	fputs(" \"processes\": [", out);
	for (size_t i = 0; i < report->process_count; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		result |= dump(out, process(report->processes[i]), 0);
	}
	fputs("],\n \"findings\": [", out);
	for (size_t i = 0; i < report->finding_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		result |= write_finding(arena, out, &report->findings[i]);
	}
	fputs("],\n", out);
	result |= member(out, "suppressed", suppressed(report), ",\n");
	result |= member(out, "unused_rules", unused_rules(report), ",\n");
	result |= member(out, "fixed", number(report->fixed), "\n");
	fputs("}\n", out);
	if (result && !ferror(out))
		return error("the JSON report could not be made: out of memory");
	return 0;
}
