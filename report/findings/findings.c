/*
 * findings.c - groups pages into findings and describes them. Must not change a page: verdict.c sets verdicts.
 */
#include "findings/findings.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/template.h"
#include "base/text.h"
#include "findings/cause.h"
#include "findings/leaked_directories.h"
#include "format.h"
#include "frames/fingerprint.h"
#include "frames/languages.h"
#include "frames/release_way.h"
#include "frames/site.h"
#include "journal/function_names.h"
#include "judge/page_rules.h"
#include "judge/test_scope.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct group {
	struct group_key {
		uint64_t site;
		uint32_t verdict, judged;
		uint64_t type; /* hash of the type of the object that owns them */
	} key;
	struct page **pages;
	size_t count, room;
	struct site joined; /* counts of the sites of other groups that were joined to it */
	struct finding *finding;
	uint64_t look;
	UT_hash_handle hh, by_look;
};

struct grouping {
	struct arena *arena;
	struct journal *journal;
	struct symbols *symbols;
	struct group *groups, *looks;
	struct site_table *sites;
};

/* ---- groups ---- */

static bool is_finding(const struct page *page, const struct findings_options *options)
{
	switch (verdict_counts[page->verdict]) {
	case COUNTS_COLLECTED:
		return page->phase == PHASE_COLLECTOR;
	case COUNTS_NONE:
		return options->show_kept && page->exists;
	default:
		return true;
	}
}

/* A hash of the owner's type: pages that one line makes for objects of several types leak for different reasons. */
static uint64_t type_of(const struct page *page)
{
	const struct object *object = page->made ? language_owner(page->made) : NULL;
	return object ? fingerprint_text(object->type) : 0;
}

static void group_add(struct grouping *grouping, struct page *page, const struct page *top, uint64_t site)
{
	struct group_key key = {site, top->verdict, top->judged, type_of(top)};
	struct group *group;
	HASH_FIND(hh, grouping->groups, &key, sizeof key, group);
	if (!group) {
		group = arena_take(grouping->arena, sizeof *group);
		group->key = key;
		HASH_ADD(hh, grouping->groups, key, sizeof group->key, group);
	}
	group->pages = arena_grow(grouping->arena, group->pages, group->count, &group->room, sizeof *group->pages, 4);
	group->pages[group->count++] = page;
}

/* A set of texts that keeps their order. */
struct text_set {
	struct text_member {
		struct text text;
		UT_hash_handle hh;
	} * members;
	struct text last;
};

static void text_set_add(struct arena *arena, struct text_set *set, struct text text)
{
	struct text_member *member;
	if (!text.size || text_equal(text, set->last))
		return;
	set->last = text;
	HASH_FIND(hh, set->members, text.at, text.size, member);
	if (member)
		return;
	member = arena_take(arena, sizeof *member);
	member->text = text;
	HASH_ADD_KEYPTR(hh, set->members, member->text.at, text.size, member);
}

static struct text *text_set_take(struct arena *arena, struct text_set *set, size_t *count)
{
	struct text *texts = arena_take(arena, (HASH_COUNT(set->members) + 1) * sizeof *texts);
	*count = 0;
	for (struct text_member *member = set->members; member; member = member->hh.next)
		texts[(*count)++] = member->text;
	HASH_CLEAR(hh, set->members);
	return texts;
}

static void collect_scopes(struct grouping *grouping, const struct group *group, struct finding *finding)
{
	struct text_set scopes = {0};
	struct test_scope_memo memo = {0};
	for (size_t i = 0; i < group->count; i++)
		if (group->pages[i]->made)
			text_set_add(grouping->arena, &scopes,
				     test_scope_of(grouping->arena, group->pages[i]->made, &memo));
	finding->scopes = text_set_take(grouping->arena, &scopes, &finding->scope_count);
}

static void collect_tests(struct grouping *grouping, const struct pages *pages, struct report *out)
{
	struct text_set tests = {0};
	struct test_scope_memo memo = {0};
	for (size_t i = 0; i < pages->count; i++)
		if (pages->at[i]->made && pages->at[i]->verdict != VERDICT_KEPT)
			text_set_add(grouping->arena, &tests,
				     test_scope_test(test_scope_of(grouping->arena, pages->at[i]->made, &memo)));
	out->tests = text_set_take(grouping->arena, &tests, &out->test_count);
}

static void describe_release(struct grouping *grouping, const struct group *group, struct finding *finding)
{
	for (size_t i = 0; i < group->count && !finding->release; i++)
		if (group->pages[i]->release) {
			finding->release = group->pages[i]->release;
			finding->phase = group->pages[i]->phase;
			finding->release_native = symbols_stack(grouping->symbols, finding->release->native);
			struct release_way way = release_way_of(grouping->symbols, finding->release);
			finding->release_by = way.by;
			finding->release_trigger = way.trigger;
		}
}

/*
 * Were all pages removed by a handler that a native program registered with atexit(3)? A destructor (~) would mean that
 * it held them too long.
 */
static bool is_handled_at_exit(const struct group *group, const struct finding *finding)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct page *page = group->pages[i];
		if (page->verdict != VERDICT_LATE || page->phase != PHASE_EXIT || page->made->script ||
		    page->release->script || page->made->process != page->release->process)
			return false;
	}
	for (size_t i = 0; finding->release_native && i < finding->release_native->count; i++)
		if (memchr(finding->release_native->at[i].function.at, '~',
			   finding->release_native->at[i].function.size))
			return false;
	return true;
}

static void describe_owner(struct finding *finding, const struct event *made)
{
	finding->owner = made->process;
	finding->tid = made->tid;
	finding->object = language_owner(made);
	finding->api = function_names_at(made->api);
	finding->api_raw = made->flags & EVENT_RAW;
	finding->script = made->script;
}

/*
 * The number of random characters that mktemp(1) was asked for: of `mktemp -t cacheXXXX` four; ten without a template.
 */
static size_t mktemp_random(const struct process *maker)
{
	size_t run = 0, last = 0;
	for (size_t i = 1; i < maker->argc; i++)
		for (size_t k = 0; k <= maker->argv[i].size; k++) {
			bool random = k < maker->argv[i].size && maker->argv[i].at[k] == 'X';
			last = !random && run >= 3 ? run : last;
			run = random ? run + 1 : 0;
		}
	return last ? last : 10;
}

/* The path, with a `*` for characters that are known to be random, as template_of takes it. */
static struct text path_of(struct grouping *grouping, const struct page *page)
{
	if (!page->made)
		return page->stranger->top;
	size_t random =
		page->renamed_from.size ? 0 : function_names_random_characters(function_names_at(page->made->api));
	if (!random && !page->renamed_from.size && page->made->script)
		random = language_random_characters(page->made->script);
	if (!random && !page->renamed_from.size && page_rules_by_mktemp(page->made->process))
		random = mktemp_random(page->made->process);
	return template_masked(grouping->arena, page->path, random);
}

/*
 * Moves pages below another page of the group behind the others, both in order of creation: the first page describes
 * the finding.
 */
static void tops_first(struct arena *arena, struct group *group)
{
	size_t tops = 0, below = 0;
	while (tops < group->count && !group->pages[tops]->top)
		tops++;
	if (tops == group->count)
		return;
	struct page **rest = arena_take(arena, (group->count - tops) * sizeof *rest);
	for (size_t i = tops; i < group->count; i++) {
		struct page *page = group->pages[i];
		if (page->top)
			rest[below++] = page;
		else
			group->pages[tops++] = page;
	}
	memcpy(&group->pages[tops], rest, below * sizeof *rest);
}

/*
 * Finds the site that made most entries below a directory, if it is another than the directory's: a server makes it,
 * its workers fill it.
 */
static void find_filler(struct grouping *grouping, const struct group *group, struct finding *finding)
{
	const struct page *most = NULL;
	uint64_t key = 0;
	size_t votes = 0, count = 0;
	for (size_t i = finding->tops; i < group->count;
	     i++) { /* finds the majority, if there is one (Boyer and Moore) */
		const struct event *made = group->pages[i]->made;
		uint64_t one = made ? site_key(grouping->symbols, made) : 0;
		if (votes == 0 && made) {
			most = group->pages[i];
			key = one;
		}
		if (one == key)
			votes++;
		else if (votes)
			votes--;
	}
	for (size_t i = finding->tops; i < group->count; i++)
		count += group->pages[i]->made && site_key(grouping->symbols, group->pages[i]->made) == key;
	if (!most || key == group->key.site || 2 * count <= finding->below.left)
		return;
	struct finding *filler = arena_take(grouping->arena, sizeof *filler);
	*filler = (struct finding){.verdict = finding->verdict,
				   .entries = count,
				   .script = most->made->script,
				   .owner = most->made->process};
	filler->native = symbols_stack(grouping->symbols, most->made->native);
	bool named = filler->script && filler->script->count;
	for (size_t i = 0; filler->native && i < filler->native->count; i++)
		named = named || (filler->native->at[i].function.size && filler->native->at[i].file.size);
	if (named || filler->owner != group->pages[0]->made->process) /* otherwise it would print nothing */
		finding->filler = filler;
}

static void describe(struct grouping *grouping, struct group *group, struct finding *finding)
{
	tops_first(grouping->arena, group);
	const struct event *made = group->pages[0]->made;
	*finding = (struct finding){
		.verdict = group->pages[0]->verdict,
		.judged = group->pages[0]->judged,
		.pages = group->pages,
		.entries = group->count,
	};
	if (made)
		describe_owner(finding, made);
	else
		finding->stranger = group->pages[group->count - 1]->stranger;
	finding->native = symbols_stack(grouping->symbols, made ? made->native : NULL);
	struct text *paths = malloc(group->count * sizeof *paths);
	leaked_directories_recount(finding);
	for (size_t i = 0; i < group->count; i++) {
		const struct page *page = group->pages[i];
		finding->bytes += page->bytes;
		if (paths && i < finding->tops)
			paths[i] = path_of(grouping, page);
	}
	finding->template =
		paths ? template_of(grouping->arena, paths, finding->tops, grouping->journal->cwd) : text_none();
	free(paths);
	const struct site *site = site_table_at(grouping->sites, group->key.site);
	finding->site_created = group->joined.created + (site ? site->created : 0);
	finding->site_released = group->joined.in_time + (site ? site->in_time : 0);
	describe_release(grouping, group, finding);
	finding->handled_at_exit = is_handled_at_exit(group, finding);
	collect_scopes(grouping, group, finding);
	if (finding->below.left)
		find_filler(grouping, group, finding);
	cause_find(grouping->journal, finding);
	fingerprint(finding);
}

/* ---- groups that read the same ---- */

static bool same_line(const struct frame *a, const struct frame *b)
{
	return a->line == b->line && text_equal(a->function, b->function) && text_equal(a->file, b->file) &&
	       text_equal(a->module, b->module) && (a->line || a->offset == b->offset);
}

static bool same_lines(const struct frames *a, const struct frames *b)
{
	if (!a || !b || a->count != b->count)
		return a == b;
	for (size_t i = 0; i < a->count; i++)
		if (!same_line(&a->at[i], &b->at[i]))
			return false;
	return true;
}

static uint64_t script_key(const struct finding *finding)
{
	return finding->script ? finding->script->key : 0;
}

static bool look_alike(const struct finding *a, const struct finding *b)
{
	return a->verdict == b->verdict && a->judged == b->judged && !strcmp(a->id, b->id) &&
	       text_equal(a->template, b->template) && script_key(a) == script_key(b) &&
	       same_lines(a->native, b->native);
}

static uint64_t look_of(const struct finding *finding)
{
	uint64_t look = fingerprint_text(finding->template) ^ script_key(finding) ^ (uint64_t)finding->verdict << 8 ^
			finding->judged;
	look ^= fingerprint_text(text_of(finding->id));
	for (size_t i = 0; finding->native && i < finding->native->count; i++)
		look = (look ^ (uint64_t)finding->native->at[i].line ^ fingerprint_text(finding->native->at[i].file)) *
		       HASH_MULTIPLIER;
	return look;
}

static int by_creation(const void *a, const void *b)
{
	const struct page *x = *(struct page *const *)a, *y = *(struct page *const *)b;
	return x->made < y->made ? -1 : x->made > y->made;
}

static void join(struct grouping *grouping, struct group *group, const struct group *other)
{
	for (size_t i = 0; i < other->count; i++) {
		group->pages =
			arena_grow(grouping->arena, group->pages, group->count, &group->room, sizeof *group->pages, 4);
		group->pages[group->count++] = other->pages[i];
	}
	qsort(group->pages, group->count, sizeof *group->pages, by_creation);
	const struct site *site = site_table_at(grouping->sites, other->key.site);
	group->joined.created += site ? site->created : 0;
	group->joined.in_time += site ? site->in_time : 0;
}

/* Describes the group; joins it to another one, and returns false, if the two read the same: two calls on one line. */
static bool describe_or_join(struct grouping *grouping, struct group *group, struct finding *finding)
{
	struct group *other;
	describe(grouping, group, finding);
	group->finding = finding;
	group->look = look_of(finding) ^ group->key.type;
	HASH_FIND(by_look, grouping->looks, &group->look, sizeof group->look, other);
	if (!other)
		HASH_ADD(by_look, grouping->looks, look, sizeof group->look, group);
	if (!other || finding->stranger || group->key.type != other->key.type || !look_alike(finding, other->finding))
		return true;
	join(grouping, other, group);
	describe(grouping, other, other->finding);
	return false;
}

static int worst_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->entries != y->entries)
		return x->entries > y->entries ? -1 : 1;
	size_t least = x->template.size < y->template.size ? x->template.size : y->template.size;
	int order = least ? memcmp(x->template.at, y->template.at, least) : 0;
	if (order || x->template.size != y->template.size)
		return order ? order : x->template.size < y->template.size ? -1 : 1;
	return x->pages[0]->made < y->pages[0]->made ? -1 : x->pages[0]->made > y->pages[0]->made;
}

static void describe_audit(struct journal *journal, const struct findings_options *options, struct report *out)
{
	*out = (struct report){
		.command = journal->command,
		.command_count = journal->command_count,
		.cwd = journal->cwd,
		.root = journal->cwd,
		.host = journal->host,
		.started_ns = journal->started_ns,
		.ended_ns = journal->ended_ns,
		.mode = options->mode,
		.has_status = journal->has_end,
		.wait_status = journal->wait_status,
		.processes = journal->processes,
		.process_count = journal->process_count,
	};
	out->coverage = *options->coverage;
}

void findings_group(struct journal *journal, struct symbols *symbols, struct pages *pages,
		    const struct findings_options *options, struct report *out)
{
	describe_audit(journal, options, out);
	struct grouping grouping = {journal->arena, journal, symbols, NULL, NULL, site_table_new(journal->arena)};
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = pages->at[i];
		const struct page *top = page->top ? page->top : page; /* a directory stands for its entries */
		uint64_t site = page->made ? site_key(symbols, page->made) : page->stranger->key;
		if (page->made)
			site_table_count(grouping.sites, site, page->verdict);
		out->totals[page->verdict].entries++;
		out->totals[page->verdict].bytes += page->bytes;
		out->collected.entries += page->verdict == VERDICT_RELEASED && page->phase == PHASE_COLLECTOR;
		if (is_finding(page, options))
			group_add(&grouping, page, top, top == page ? site : site_key(symbols, top->made));
	}
	out->findings = arena_take(journal->arena, (HASH_COUNT(grouping.groups) + 1) * sizeof *out->findings);
	for (struct group *group = grouping.groups; group; group = group->hh.next)
		out->finding_count += describe_or_join(&grouping, group, &out->findings[out->finding_count]);
	qsort(out->findings, out->finding_count, sizeof *out->findings, worst_first);
	out->site_count = site_table_size(grouping.sites);
	collect_tests(&grouping, pages, out);
	HASH_CLEAR(hh, grouping.groups);
	HASH_CLEAR(by_look, grouping.looks);
	site_table_free(grouping.sites);
}
