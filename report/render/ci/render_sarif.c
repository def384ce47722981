/*
 * render_sarif.c - SARIF 2.1.0: a rule for each verdict, a result for each finding at the innermost line of the
 * repository, with its stacks as code flows and a fingerprint that outlives changed lines. Made for GitHub code
 * scanning, which wants a location in every result, paths relative to the repository, tells alerts apart by
 * `primaryLocationLineHash`, and refuses a run of more than 25,000 results. Source: OASIS SARIF 2.1.0; GitHub's "SARIF
 * support for code scanning", "SARIF results exceed limits".
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/text.h"
#include "base/version.h"
#include "frames/merged_stack.h"
#include "model/coverage_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/finding_place.h"
#include "render/json/json_value.h"
#include "render/render.h"
#include "render/uri.h"
#include <sys/wait.h>

enum { PATHS_TOLD = 3, STEPS_MOST = 256, RESULTS_MOST = 25000 };

static const struct {
	const char *name, *meaning, *help;
	bool counts; /* false: a file left on disk by intent, which has no rule */
} rules[VERDICT_COUNT] = {
#define X(id, name, fails, counts, meaning) [VERDICT_##id] = {name, meaning, NULL, COUNTS_##counts != COUNTS_NONE},
	VERDICT_TABLE(X)
#undef X
};

/* Fills the rules in the order of verdicts. */
static int rule_index(enum verdict verdict)
{
	int index = 0;
	for (int i = 0; i < (int)verdict; i++)
		index += rules[i].counts;
	return index;
}

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", json_text(text_of(text)));
}

/* PageLeaked, PageHeld ... */
static const char *rule_name(struct arena *arena, const char *verdict)
{
	char *name = arena_format(arena, "Page%s", verdict);
	name[4] = (char)(name[4] - 'a' + 'A');
	return name;
}

static json_t *rule(struct arena *arena, enum verdict verdict)
{
	const char *name = rules[verdict].name;
	const char *meaning = verdict == VERDICT_RELEASED ? "released only when Python's garbage collector ran"
							  : rules[verdict].meaning;
	const char *full = arena_format(
		arena, "A file, directory or other name that the program made to hold data for a while: %s.", meaning);
	const char *help = arena_format(arena,
					"%s The stack shows the call that made it. Release it there with `with`, "
					"try/finally or a destructor that is sure to run; or, where it "
					"is meant to stay, name it in a file for --suppressions.",
					full);
	return json_pack("{s:s, s:s, s:o, s:o, s:{s:s, s:s}, s:{s:s}, s:{s:[s,s], s:s, s:s}}", "id",
			 arena_format(arena, "page-%s", name), "name", rule_name(arena, name), "shortDescription",
			 message(arena_format(arena, "Page %s: %s.", name, meaning)), "fullDescription", message(full),
			 "help", "text", help, "markdown", help, "defaultConfiguration", "level",
			 verdict == VERDICT_LEAKED     ? "error"
			 : verdict == VERDICT_RELEASED ? "note"
						       : "warning",
			 "properties", "tags", "reliability", "resource-leak", "precision", "very-high",
			 "problem.severity", verdict == VERDICT_LEAKED ? "error" : "warning");
}

static json_t *tool(struct arena *arena)
{
	json_t *all = json_array();
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (rules[verdict].counts)
			json_array_append_new(all, rule(arena, verdict));
	return json_pack("{s:{s:s, s:s, s:s, s:o}}", "driver", "name", "pageleak", "version", PAGELEAK_VERSION,
			 "semanticVersion", PAGELEAK_VERSION, "rules", all);
}

/* ---- places ---- */

static json_t *physical(struct arena *arena, const struct report *report, struct text file, int line)
{
	struct text below = finding_place_below_root(arena, report, file);
	json_t *artifact = json_pack("{s:s}", "uri", uri_of(arena, below.size ? below : file));
	if (below.size)
		json_object_set_new(artifact, "uriBaseId", json_string("%SRCROOT%"));
	return json_pack("{s:o, s:{s:i}}", "artifactLocation", artifact, "region", "startLine", line > 0 ? line : 1);
}

/* The user's line; otherwise the innermost line of the stack; otherwise the program. */
static json_t *location_of(struct arena *arena, const struct report *report, const struct finding *finding,
			   const struct merged_stack *stack)
{
	struct finding_place place = finding_place_of(arena, report, finding);
	if (place.file.size) /* relative to the root already */
		return json_pack("{s:{s:{s:s, s:s}, s:{s:i}}}", "physicalLocation", "artifactLocation", "uri",
				 uri_of(arena, place.file), "uriBaseId", "%SRCROOT%", "region", "startLine",
				 place.line > 0 ? place.line : 1);
	for (size_t i = 0; i < stack->count; i++)
		if (stack->at[i].line > 0 && text_starts(stack->at[i].file, "/"))
			return json_pack("{s:o}", "physicalLocation",
					 physical(arena, report, stack->at[i].file, stack->at[i].line));
	struct text program = finding_place_program(finding);
	return json_pack("{s:o}", "physicalLocation",
			 physical(arena, report, program.size ? program : finding->template, 0));
}

static json_t *frame_location(struct arena *arena, const struct report *report, const struct merged_frame *frame)
{
	const char *function = frame->function.size ? text_shown(arena, frame->function) : "?";
	json_t *location = json_pack("{s:o}", "message", message(function));
	if (text_starts(frame->file, "<")) /* frozen modules, strings that exec() ran */
		return location;
	if (frame->file.size)
		json_object_set_new(location, "physicalLocation", physical(arena, report, frame->file, frame->line));
	else if (frame->module.size)
		json_object_set_new(location, "physicalLocation",
				    json_pack("{s:{s:s}}", "artifactLocation", "uri", uri_of(arena, frame->module)));
	return location;
}

/* A stack in the order of execution, for stepping through it: frames with a source line only. */
static json_t *flow(struct arena *arena, const struct report *report, const struct merged_stack *stack,
		    const char *last)
{
	json_t *steps = json_array();
	for (size_t i = stack->count < STEPS_MOST ? stack->count : STEPS_MOST; i-- > 0;) {
		const struct merged_frame *frame = &stack->at[i];
		if (!frame->file.size || frame->line <= 0 || text_starts(frame->file, "<"))
			continue;
		bool own = finding_place_below_root(arena, report, frame->file).size;
		json_array_append_new(steps, json_pack("{s:o, s:s}", "location", frame_location(arena, report, frame),
						       "importance", own ? "essential" : "unimportant"));
	}
	if (!json_array_size(steps)) {
		json_decref(steps);
		return NULL;
	}
	return json_pack("{s:o, s:[{s:o}]}", "message", message(last), "threadFlows", "locations", steps);
}

static json_t *whole_stack(struct arena *arena, const struct report *report, const struct merged_stack *stack,
			   const char *title)
{
	json_t *frames = json_array();
	for (size_t i = 0; i < stack->count; i++) {
		json_t *frame = json_pack("{s:o}", "location", frame_location(arena, report, &stack->at[i]));
		if (stack->at[i].module.size)
			json_object_set_new(frame, "module", json_text(stack->at[i].module));
		json_array_append_new(frames, frame);
	}
	return json_pack("{s:o, s:o}", "message", message(title), "frames", frames);
}

static void add_stack(struct arena *arena, const struct report *report, const struct merged_stack *stack,
		      const char *title, json_t *flows, json_t *stacks)
{
	json_t *steps = stack->count ? flow(arena, report, stack, title) : NULL;
	if (steps)
		json_array_append_new(flows, steps);
	if (stack->count)
		json_array_append_new(stacks, whole_stack(arena, report, stack, title));
}

/* ---- results ---- */

static const char *told(struct arena *arena, const struct report *report, const struct finding *finding)
{
	const char *text = arena_format(arena, "%s.", finding_place_story(arena, report, finding));
	for (size_t i = 0; i < finding->entries && i < PATHS_TOLD; i++)
		text = arena_format(arena, "%s\n%s", text, text_shown(arena, finding->pages[i]->path));
	if (finding->entries > PATHS_TOLD)
		text = arena_format(arena, "%s\n... and %zu more", text, finding->entries - PATHS_TOLD);
	if (finding->cause && finding->cause->advice.size)
		text = arena_format(arena, "%s\nAdvice: %s", text, text_shown(arena, finding->cause->advice));
	return text;
}

static json_t *result(struct arena *arena, const struct report *report, const struct finding *finding,
		      size_t occurrence, const struct render_options *options)
{
	bool released = finding->verdict == VERDICT_RELEASED;
	json_t *flows = json_array(), *stacks = json_array();
	struct merged_stack made = merged_stack_of(arena, finding->script, finding->native), gone = {NULL, 0};
	if (finding->release)
		gone = merged_stack_of(arena, finding->release->script, finding->release_native);
	add_stack(arena, report, &made, "made here", flows, stacks);
	add_stack(arena, report, &gone, "released here", flows, stacks);
	json_t *object =
		json_pack("{s:s, s:i, s:s, s:o, s:[o], s:{s:s, s:s}, s:o, s:{s:o, s:o, s:o}}", "ruleId",
			  arena_format(arena, "page-%s", verdict_names[finding->verdict]), "ruleIndex",
			  rule_index(finding->verdict), "level",
			  gate_fails_finding(options->gate, finding) ? "error"
			  : released                                 ? "note"
								     : "warning",
			  "message", message(told(arena, report, finding)), "locations",
			  location_of(arena, report, finding, &made), "partialFingerprints", "primaryLocationLineHash",
			  arena_format(arena, "%.16s:%zu", finding->id, occurrence), "pageleakId/v1", finding->id,
			  "stacks", stacks, "properties", "entries", json_number(finding->entries), "bytes",
			  json_number(finding->bytes), "template", json_text(finding->template));
	if (json_array_size(flows))
		json_object_set_new(object, "codeFlows", flows);
	else
		json_decref(flows);
	return object;
}

static void notify(json_t *all, const char *level, const char *text)
{
	json_array_append_new(all, json_pack("{s:s, s:o}", "level", level, "message", message(text)));
}

/* Limits of the audit and hidden findings, as notifications: viewers show these as problems of the tool. */
static json_t *notifications(struct arena *arena, const struct coverage *coverage, size_t left_out)
{
	json_t *all = json_array();
	if (left_out)
		notify(all, "warning",
		       arena_format(arena,
				    "%zu more results, which come after these %d by weight, are left out: GitHub "
				    "refuses a file with "
				    "more; the JSON report has them",
				    left_out, RESULTS_MOST));
	for (size_t i = 0; i < coverage->unaudited_count; i++)
		notify(all, "warning",
		       arena_format(arena, "not audited: %s (pid %u): %s",
				    text_shown(arena, coverage->unaudited[i].exe), coverage->unaudited[i].pid,
				    coverage->unaudited[i].reason));
	for (size_t i = 0; i < coverage->running_count; i++)
		notify(all, "warning",
		       arena_format(arena, "still running: %s (pid %u)", text_shown(arena, coverage->running[i].exe),
				    coverage->running[i].pid));
	if (coverage->events_lost)
		notify(all, "warning",
		       arena_format(arena, "lost: %llu events", (unsigned long long)coverage->events_lost));
	for (size_t i = 0; i < coverage->limit_count; i++)
		notify(all, coverage->complete ? "note" : "warning", coverage->limits[i]);
	return all;
}

static json_t *invocation(struct arena *arena, const struct report *report, size_t left_out)
{
	json_t *object = json_pack("{s:b, s:o, s:o, s:o}", "executionSuccessful", 1, "commandLine",
				   json_text(text_of(render_command(arena, report))), "arguments",
				   json_texts(report->command, report->command_count), "toolExecutionNotifications",
				   notifications(arena, &report->coverage, left_out));
	if (text_starts(report->cwd, "/"))
		json_object_set_new(object, "workingDirectory", json_pack("{s:s}", "uri", uri_of(arena, report->cwd)));
	if (report->started_ns)
		json_object_set_new(object, "startTimeUtc", json_instant(report->started_ns));
	if (report->ended_ns)
		json_object_set_new(object, "endTimeUtc", json_instant(report->ended_ns));
	if (report->has_status && WIFEXITED(report->wait_status))
		json_object_set_new(object, "exitCode", json_integer(WEXITSTATUS(report->wait_status)));
	if (report->has_status && WIFSIGNALED(report->wait_status))
		json_object_set_new(object, "exitSignalNumber", json_integer(WTERMSIG(report->wait_status)));
	return object;
}

/* The URI ends with a slash; there is none if the audit's directory is unknown. */
static json_t *root_of(struct arena *arena, struct text root)
{
	if (!text_starts(root, "/"))
		return json_object();
	return json_pack("{s:s}", "uri",
			 arena_format(arena, "%s%s", uri_of(arena, root), text_ends(root, "/") ? "" : "/"));
}

int render_sarif(struct arena *arena, FILE *out, const struct report *report, const struct render_options *options)
{
	const size_t *occurrences = finding_place_occurrences(arena, report);
	const char *between = "\n";
	size_t results = 0;
	int failed = 0;
	for (size_t i = 0; i < report->finding_count; i++)
		results += render_counts(&report->findings[i], options);
	size_t left = results < RESULTS_MOST ? results : RESULTS_MOST, left_out = results - left;
	fputs("{\"$schema\": "
	      "\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json\",\n"
	      "\"version\": \"2.1.0\",\n\"runs\": [{\n\"tool\": ",
	      out);
	failed |= json_write(out, tool(arena), 0);
	fputs(",\n\"invocations\": [", out);
	failed |= json_write(out, invocation(arena, report, left_out), 0);
	fputs("],\n\"originalUriBaseIds\": ", out);
	failed |= json_write(out, json_pack("{s:o}", "%SRCROOT%", root_of(arena, report->root)), 0);
	fputs(",\n\"columnKind\": \"utf16CodeUnits\",\n\"results\": [", out);
	for (size_t i = 0; left; i++) {
		if (!render_counts(&report->findings[i], options))
			continue;
		left--;
		fputs(between, out);
		between = ",\n";
		failed |= json_write(out, result(arena, report, &report->findings[i], occurrences[i], options), 0);
	}
	fputs("\n]}]}\n", out);
	return failed && !ferror(out) ? error("the SARIF report could not be made: out of memory") : 0;
}
