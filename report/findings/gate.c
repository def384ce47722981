/*
 * gate.c - the gate of `check` and of --fail-on. It prints no report and knows no exit code.
 */
#include "findings/gate.h"
#include "base/message.h"
#include "options/options.h"
#include "options/suggest.h"
#include <string.h>

static const bool fails_by_default[VERDICT_COUNT] = {
#define X(id, name, fails, counts, meaning) [VERDICT_##id] = fails,
	VERDICT_TABLE(X)
#undef X
};

static const char collector[] = "collector";

const char *const gate_names[] = {
#define X(id, name, fails, counts, meaning) name,
	VERDICT_TABLE(X)
#undef X
		collector,
	NULL,
};

static int add(struct arena *arena, struct gate *gate, const char *name)
{
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (strcmp(verdict_names[verdict], name) == 0) {
			gate->fails[verdict] = true;
			return 0;
		}
	}
	if (strcmp(name, collector) == 0) {
		gate->collector = true;
		return 0;
	}
	const char *meant = suggest(name, gate_names);
	if (meant)
		return error("--fail-on: '%s' is no verdict; did you mean '%s'?", name, meant);
	const char *all = gate_names[0];
	for (size_t i = 1; gate_names[i]; i++)
		all = arena_format(arena, "%s, %s", all, gate_names[i]);
	return error("--fail-on: '%s' is no verdict; there are %s", name, all);
}

int gate_parse(struct arena *arena, const struct options *options, struct gate *out)
{
	const char *list = options->fail_on;
	bool strict = options->command == COMMAND_check;
	*out = (struct gate){.wanted = strict || list || options->fail_on_fixed, .fixed = options->fail_on_fixed};
	if (options->fail_on_fixed && !options->baseline && options->command != COMMAND_diff)
		return error("--fail-on-fixed: fixed against what? --baseline=REPORT.json tells");
	if (!list) {
		if (strict)
			memcpy(out->fails, fails_by_default, sizeof(out->fails));
		return 0;
	}
	while (*list) {
		size_t size = strcspn(list, ",");
		if (size > 0 && add(arena, out, arena_copy(arena, list, size)))
			return -1;
		list += size + (list[size] != 0);
	}
	return 0;
}

bool gate_fails_finding(const struct gate *gate, const struct finding *finding)
{
	if (!gate || !gate->wanted)
		return finding->verdict == VERDICT_LEAKED || finding->verdict == VERDICT_LATE;
	return gate->fails[finding->verdict] || (gate->collector && finding->verdict == VERDICT_RELEASED);
}

bool gate_fails_verdict(const struct gate *gate, const char *verdict)
{
	for (int i = 0; i < VERDICT_COUNT; i++)
		if (strcmp(verdict_names[i], verdict) == 0)
			return gate->fails[i];
	return false;
}

enum gate_result gate_judge(const struct gate *gate, const struct report *report)
{
	if (!gate->wanted)
		return GATE_PASSED;
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (gate->fails[verdict] && report->totals[verdict].entries > 0)
			return GATE_FAILED;
	}
	if (gate->collector && report->collected.entries > 0)
		return GATE_FAILED;
	if (gate->fixed && report->fixed_count > 0)
		return GATE_FAILED;
	return report->coverage.complete ? GATE_PASSED : GATE_INCOMPLETE;
}
