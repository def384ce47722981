/*
 * suppress.c - parses rules and removes from a report what they hide. Must not change a verdict.
 */
#include "findings/suppress.h"
#include "base/glob.h"
#include "base/message.h"
#include "base/text.h"
#include "findings/leaked_directories.h"
#include "judge/test_scope.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { RULE_MOST = 4096, FILE_MOST = 16 << 20 };

static const struct {
	const char *name;
	enum suppression_kind kind;
} kinds[] = {
	{"leak", SUPPRESS_LEAK},   {"path", SUPPRESS_PATH},     {"process", SUPPRESS_PROCESS},
	{"scope", SUPPRESS_SCOPE}, {"frames", SUPPRESS_FRAMES},
};

/* ---- rules ---- */

static struct suppression *add(struct arena *arena, struct suppressions *out)
{
	out->at = arena_grow(arena, out->at, out->count, &out->room, sizeof *out->at, 16);
	struct suppression *rule = &out->at[out->count++];
	*rule = (struct suppression){.patterns = arena_take(arena, 3 * sizeof *rule->patterns)};
	return rule;
}

/*
 * Turns a pattern of LSan's into a glob: `*` any bytes, `^` the start, `$` the end; without these it matches anywhere.
 */
static const char *glob_of(struct arena *arena, const char *pattern, size_t size)
{
	char *glob = arena_take(arena, 2 * size + 5), *to = glob;
	bool start = size && *pattern == '^', end = size > start && pattern[size - 1] == '$';
	if (!start)
		to = stpcpy(to, "**");
	for (size_t i = start; i < size - end; i++) {
		if (pattern[i] == '*')
			*to++ = '*';
		else if (strchr("?[\\", pattern[i]))
			*to++ = '\\';
		*to++ = pattern[i];
	}
	strcpy(to, end ? "" : "**");
	return glob;
}

static struct text trimmed(const char *at, size_t size)
{
	while (size && isspace((unsigned char)*at))
		at++, size--;
	while (size && isspace((unsigned char)at[size - 1]))
		size--;
	return (struct text){at, size};
}

/* Splits "a; ...; b in file" into patterns of functions, "" for the dots, and of their files, NULL any. */
static void frames_of(struct arena *arena, struct text chain, const char ***patterns, const char ***files)
{
	size_t count = 1, i = 0;
	for (size_t k = 0; k < chain.size; k++)
		count += chain.at[k] == ';';
	*patterns = arena_take(arena, (count + 1) * sizeof **patterns);
	*files = arena_take(arena, (count + 1) * sizeof **files);
	while (chain.size) {
		const char *end = memchr(chain.at, ';', chain.size);
		size_t size = end ? (size_t)(end - chain.at) : chain.size;
		struct text one = trimmed(chain.at, size);
		const char *in = one.size ? memmem(one.at, one.size, FRAME_IN, strlen(FRAME_IN)) : NULL;
		if (in) {
			struct text file =
				trimmed(in + strlen(FRAME_IN), (size_t)(one.at + one.size - in) - strlen(FRAME_IN));
			one = trimmed(one.at, (size_t)(in - one.at));
			(*files)[i] = one.size && file.size ? glob_of(arena, file.at, file.size) : NULL;
		}
		if (one.size)
			(*patterns)[i++] = text_is(one, "...") ? "" : glob_of(arena, one.at, one.size);
		size += end != NULL;
		chain = (struct text){chain.at + size, chain.size - size};
	}
}

static bool names_any(const char *const *chain)
{
	while (*chain && !**chain)
		chain++;
	return *chain;
}

/* Cuts " max=N" off the end; false if N is no number. */
static bool take_max(struct text *rule, uint64_t *max)
{
	size_t at = rule->size;
	while (at && !isspace((unsigned char)rule->at[at - 1]))
		at--;
	struct text last = {rule->at + at, rule->size - at};
	if (!at || !text_starts(last, "max="))
		return true;
	*max = 0;
	for (size_t i = 4; i < last.size; i++) {
		if (!isdigit((unsigned char)last.at[i]) || *max > UINT64_MAX / 20)
			return false;
		*max = *max * 10 + (uint64_t)(last.at[i] - '0');
	}
	*rule = trimmed(rule->at, at);
	return last.size > 4 && *max;
}

static int parse_rule(struct arena *arena, struct text line, const char *name, size_t number, struct suppressions *out)
{
	struct text rest = line;
	uint64_t max = 0;
	if (line.size > RULE_MOST)
		return error("%s:%zu: a rule of more than %d bytes", name, number, RULE_MOST);
	if (!take_max(&rest, &max))
		return error("%s:%zu: max= takes a number from 1 on", name, number);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t size = strlen(kinds[i].name);
		if (!text_starts(rest, kinds[i].name) || rest.size <= size || rest.at[size] != ':')
			continue;
		struct text pattern = trimmed(rest.at + size + 1, rest.size - size - 1);
		if (!pattern.size)
			return error("%s:%zu: '%s:' has nothing behind it", name, number, kinds[i].name);
		const char **chain = NULL, **files = NULL;
		if (kinds[i].kind == SUPPRESS_FRAMES)
			frames_of(arena, pattern, &chain, &files);
		if (chain && !names_any(chain)) /* it would hide everything, even pages without a stack */
			return error("%s:%zu: 'frames:' names no function", name, number);
		struct suppression *rule = add(arena, out);
		rule->kind = kinds[i].kind;
		rule->text = arena_copy(arena, line.at, line.size);
		rule->max = max;
		rule->files = files;
		if (chain)
			rule->patterns = chain;
		else if (rule->kind == SUPPRESS_PATH)
			rule->patterns[0] = arena_copy(arena, pattern.at, pattern.size);
		else
			rule->patterns[0] = glob_of(arena, pattern.at, pattern.size);
		return 0;
	}
	return error("%s:%zu: '%s' is no rule; there are leak:, path:, process:, scope: and frames:", name, number,
		     text_shown(arena, line));
}

int suppress_parse(struct arena *arena, const char *bytes, size_t size, const char *name, struct suppressions *out)
{
	for (size_t number = 1; size; number++) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end ? (size_t)(end - bytes) : size;
		struct text line = trimmed(bytes, length);
		if (memchr(bytes, 0, length))
			return error("%s:%zu: a NUL byte: this is no file of rules", name, number);
		if (line.size && *line.at != '#' && parse_rule(arena, line, name, number, out))
			return -1;
		length += end != NULL;
		bytes += length;
		size -= length;
	}
	return 0;
}

int suppress_load(struct arena *arena, const char *const *files, struct suppressions *out)
{
	for (size_t i = 0; files[i]; i++) {
		FILE *file = fopen(files[i], "re");
		char *bytes = file ? malloc(FILE_MOST) : NULL;
		size_t size = bytes ? fread(bytes, 1, FILE_MOST, file) : 0;
		int result = 0;
		if (!bytes || ferror(file))
			result = error("%s: %s", files[i], strerror(errno));
		else if (size == FILE_MOST)
			result = error("%s: too large for a file of rules", files[i]);
		else
			result = suppress_parse(arena, arena_copy(arena, bytes, size), size, files[i], out);
		free(bytes);
		if (file)
			fclose(file);
		if (result)
			return result;
	}
	return 0;
}

void suppress_left_by_design(struct arena *arena, struct suppressions *out)
{
	static const struct {
		const char *glob, *who, *why;
	} programs[] = {
#define LEFT_BY_DESIGN(glob, who, why) {glob, who, why},
#include "findings/left_by_design.def"
#undef LEFT_BY_DESIGN
	};
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct suppression *rule = add(arena, out);
		rule->kind = SUPPRESS_PATH;
		rule->text = arena_format(arena, "path:%s", programs[i].glob);
		rule->patterns[0] = programs[i].glob;
		rule->patterns[1] = arena_format(arena, "%s/**", programs[i].glob);
		const char *slash = strrchr(programs[i].glob, '/');
		rule->tail = slash ? slash + 1 : programs[i].glob;
		rule->tail_size = strcspn(rule->tail, "*?[\\");
		rule->by_design = arena_format(arena, "%s: %s", programs[i].who, programs[i].why);
	}
}

/* ---- matching ---- */

static bool any_native(const char *glob, const struct frames *frames)
{
	for (size_t i = 0; frames && i < frames->count; i++)
		if (glob_match(glob, frames->at[i].function) || glob_match(glob, frames->at[i].file) ||
		    glob_match(glob, frames->at[i].module))
			return true;
	return false;
}

static bool any_script(const char *glob, const struct script_stack *stack)
{
	for (uint32_t i = 0; stack && i < stack->count; i++)
		if (glob_match(glob, stack->frames[i].code->function) || glob_match(glob, stack->frames[i].code->file))
			return true;
	return false;
}

/* The frames of one of the two stacks. */
struct chain {
	const struct frames *native;
	const struct script_stack *script;
	size_t count;
};

static struct text name_at(const struct chain *chain, size_t i)
{
	return chain->native ? chain->native->at[i].function : chain->script->frames[i].code->function;
}

/* Matches the whole path or its last component: on another machine the path is another. */
static bool file_matches(const struct chain *chain, size_t i, const char *pattern)
{
	struct text file = chain->native ? chain->native->at[i].file : chain->script->frames[i].code->file;
	return glob_match(pattern, file) || glob_match(pattern, text_basename(file));
}

static bool matches_at(const struct chain *chain, size_t at, const struct suppression *rule, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (at + i >= chain->count || !glob_match(rule->patterns[first + i], name_at(chain, at + i)) ||
		    (rule->files[first + i] && !file_matches(chain, at + i, rule->files[first + i])))
			return false;
	return true;
}

/*
 * Matches each run of neighbours at its first place behind the run before; a later place would leave less to those that
 * follow.
 */
static bool has_chain(const struct chain *chain, const struct suppression *rule)
{
	const char *const *patterns = rule->patterns;
	for (size_t at = 0, first = 0; patterns[first];) {
		size_t count = 0;
		if (!*patterns[first]) {
			first++;
			continue;
		}
		while (patterns[first + count] && *patterns[first + count])
			count++;
		while (at < chain->count && !matches_at(chain, at, rule, first, count))
			at++;
		if (at >= chain->count)
			return false;
		at += count;
		first += count;
	}
	return true;
}

static bool stack_matches(const struct suppression *rule, const struct finding *finding)
{
	if (rule->kind == SUPPRESS_LEAK)
		return any_native(rule->patterns[0], finding->native) || any_script(rule->patterns[0], finding->script);
	struct chain native = {finding->native, NULL, finding->native ? finding->native->count : 0};
	struct chain script = {NULL, finding->script, finding->script ? finding->script->count : 0};
	return has_chain(&native, rule) || has_chain(&script, rule);
}

static bool process_matches(const char *glob, const struct process *process)
{
	if (!process)
		return false;
	for (size_t i = 0; i < process->argc; i++)
		if (glob_match(glob, process->argv[i]))
			return true;
	return glob_match(glob, process->exe);
}

/* Cache: the rule that hides everything in a directory. */
struct judged_directory {
	struct text path;
	struct suppression *rule; /* NULL none */
	UT_hash_handle hh;
};

struct context {
	struct arena *arena;
	const char *cwd;
	const struct finding *finding;
	struct test_scope_memo *memo;
	struct judged_directory **directories;
};

static bool page_matches(const struct context *context, const struct suppression *rule, const struct page *page)
{
	switch (rule->kind) {
	case SUPPRESS_PATH:
		return glob_match_path(rule->patterns[0], context->cwd, page->path) ||
		       (page->top && glob_match_path(rule->patterns[0], context->cwd, page->top->path));
	case SUPPRESS_PROCESS:
		return process_matches(rule->patterns[0], page->made ? page->made->process : NULL);
	case SUPPRESS_SCOPE:
		return page->made &&
		       glob_match(rule->patterns[0], test_scope_of(context->arena, page->made, context->memo));
	case SUPPRESS_OTHER:
		return false;
	default:
		return stack_matches(rule, context->finding);
	}
}

/* ---- taking out ---- */

static struct suppression *by_design_below(const struct context *context, const struct suppressions *rules,
					   const struct page *page, struct text path)
{
	struct judged_directory *directory;
	HASH_FIND(hh, *context->directories, path.at, path.size, directory);
	if (directory)
		return directory->rule;
	directory = arena_take(context->arena, sizeof *directory);
	directory->path = path;
	for (size_t i = 0; i < rules->count && !directory->rule; i++)
		if (rules->at[i].by_design && glob_match_path(rules->at[i].patterns[1], context->cwd, page->path))
			directory->rule = &rules->at[i];
	HASH_ADD_KEYPTR(hh, *context->directories, directory->path.at, directory->path.size, directory);
	return directory->rule;
}

/*
 * The rule of left_by_design.def for the page's directory or one above, or else for its name. None for a page that
 * --pages names.
 */
static struct suppression *by_design_for(const struct context *context, const struct suppressions *rules,
					 const struct page *page)
{
	struct text name = text_basename(page->path), directory = {page->path.at, page->path.size - name.size};
	if (page->judged == JUDGED_PATTERN || !name.size)
		return NULL;
	struct suppression *above = by_design_below(context, rules, page, directory);
	for (size_t i = 0; i < rules->count && !above; i++) {
		struct suppression *rule = &rules->at[i];
		if (rule->by_design && name.size >= rule->tail_size && !memcmp(name.at, rule->tail, rule->tail_size) &&
		    glob_match_path(rule->patterns[0], context->cwd, page->path))
			return rule;
	}
	return above;
}

static bool is_on_request(const struct finding *finding)
{
	return verdict_counts[finding->verdict] == COUNTS_NONE;
}

static struct suppression *rule_for(const struct context *context, const struct suppressions *rules,
				    const struct page *page)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct suppression *rule = &rules->at[i];
		if (!rule->by_design && (!rule->max || rule->hidden.entries < rule->max) &&
		    page_matches(context, rule, page))
			return rule;
	}
	return by_design_for(context, rules, page);
}

static void hide(struct report *report, const struct page *page, struct suppression *rule)
{
	rule->hidden.entries++;
	rule->hidden.bytes += page->bytes;
	report->totals[page->verdict].entries--;
	report->totals[page->verdict].bytes -= page->bytes;
	report->collected.entries -= page->verdict == VERDICT_RELEASED;
}

struct suppression *suppress_add(struct arena *arena, struct suppressions *rules, const char *text)
{
	struct suppression *rule = add(arena, rules);
	rule->kind = SUPPRESS_OTHER;
	rule->text = text;
	return rule;
}

void suppress_hide_all(struct report *report, const struct finding *finding, struct suppression *rule)
{
	for (size_t i = 0; i < finding->entries; i++)
		hide(report, finding->pages[i], rule);
}

/* Keeps the finding with the first `kept` of its pages as number *left of the report; drops it without any. */
static void keep(struct report *report, struct finding *finding, size_t kept, size_t *left)
{
	finding->entries = kept;
	leaked_directories_recount(finding);
	if (kept)
		report->findings[(*left)++] = *finding;
}

void suppress_left(struct report *report, size_t left, const struct suppressions *rules)
{
	report->finding_count = left;
	report->rules = rules->at;
	report->rule_count = rules->count;
}

/* Hides from the last page on, so that a rule with a cap hides the directory that stands for the others last. */
static size_t hide_pages(struct context *context, const struct suppressions *rules, struct report *report,
			 struct finding *finding)
{
	size_t kept = 0;
	for (size_t k = finding->entries; k-- > 0;) {
		struct suppression *rule = rule_for(context, rules, finding->pages[k]);
		if (!rule)
			continue;
		hide(report, finding->pages[k], rule);
		finding->bytes -= finding->pages[k]->bytes;
		finding->pages[k] = NULL;
	}
	for (size_t k = 0; k < finding->entries; k++)
		if (finding->pages[k])
			finding->pages[kept++] = finding->pages[k];
	return kept;
}

void suppress_apply(struct arena *arena, const struct suppressions *rules, const char *cwd, struct report *report)
{
	size_t left = 0;
	struct test_scope_memo memo = {0};
	struct judged_directory *directories = NULL;
	for (size_t i = 0; i < report->finding_count; i++) {
		struct finding *finding = &report->findings[i];
		struct context context = {arena, cwd, finding, &memo, &directories};
		keep(report, finding,
		     is_on_request(finding) ? finding->entries : hide_pages(&context, rules, report, finding), &left);
	}
	HASH_CLEAR(hh, directories);
	suppress_left(report, left, rules);
}

void suppress_pages(struct arena *arena, const char *text, bool (*hides)(const void *context, const struct page *page),
		    const void *context, struct suppressions *rules, struct report *report)
{
	size_t left = 0;
	struct suppression *rule = suppress_add(arena, rules, text);
	for (size_t i = 0; i < report->finding_count; i++) {
		struct finding *finding = &report->findings[i];
		size_t kept = 0;
		for (size_t k = 0; k < finding->entries; k++) {
			struct page *page = finding->pages[k];
			if (!hides(context, page)) {
				finding->pages[kept++] = page;
				continue;
			}
			if (!is_on_request(finding)) /* no rule counts those */
				hide(report, page, rule);
			finding->bytes -= page->bytes;
		}
		keep(report, finding, kept, &left);
	}
	rules->count -= !rule->hidden.entries;
	suppress_left(report, left, rules);
}

/* ---- --only-frames ---- */

static bool frame_matches(struct arena *arena, const char *glob, const char *cwd, struct text function,
			  struct text file)
{
	if (glob_match(glob, function) || glob_match(glob, file))
		return true;
	if (file.size &&
	    file.at[0] != '/') /* as the compiler or the interpreter was given it: relative to the audit's directory */
		file = text_of(arena_format(arena, "%s/%.*s", cwd, (int)file.size, file.at));
	return file.size && glob_match_path(glob, cwd, file);
}

static bool goes_through(struct arena *arena, const char *glob, const char *cwd, const struct finding *finding)
{
	for (uint32_t i = 0; finding->script && i < finding->script->count; i++)
		if (frame_matches(arena, glob, cwd, finding->script->frames[i].code->function,
				  finding->script->frames[i].code->file))
			return true;
	for (size_t i = 0; finding->native && i < finding->native->count; i++) {
		const struct frame *frame = &finding->native->at[i];
		if (frame_matches(arena, glob, cwd, frame->function, frame->file) ||
		    frame_matches(arena, glob, cwd, text_none(), frame->module))
			return true;
	}
	return false;
}

void suppress_all_but(struct arena *arena, const char *const *globs, const char *cwd, struct suppressions *rules,
		      struct report *report)
{
	size_t left = 0, matched = 0;
	struct suppression *rule = NULL;
	for (size_t i = 0; globs[0] && i < report->finding_count; i++) {
		struct finding *finding = &report->findings[i];
		bool own = is_on_request(finding);
		for (size_t k = 0; globs[k] && !own; k++)
			own = goes_through(arena, globs[k], cwd, finding), matched += own;
		if (own) {
			report->findings[left++] = *finding;
			continue;
		}
		if (!rule)
			rule = suppress_add(
				arena, rules,
				arena_format(arena, "--only-frames=%s%s", globs[0], globs[1] ? " ..." : ""));
		suppress_hide_all(report, finding, rule);
	}
	if (!rule)
		return;
	if (!matched)
		warning("--only-frames: nothing of what was found goes through %s%s; is it spelled right?", globs[0],
			globs[1] ? " or the others" : "");
	suppress_left(report, left, rules);
}
