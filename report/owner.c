/*
 * owner.c - ownership through fork, exec and the end of processes. Must not ask what makes an entry a page.
 */
#include "owner.h"
#include "process.h"
#include "python.h"
#include <string.h>

#define GENERATIONS_MAX 256 /* of processes that share a scope */

/* A daemon's child takes the place of its parent when that ends, an image after exec when it begins. */
static bool taken_over(const struct process *process, uint64_t time_ns)
{
	const struct process *heir = process->heir;
	return heir && (heir->forked ? process->ended_ns : heir->started_ns) <= time_ns;
}

/* The image that runs in its place at `time_ns`. */
static struct process *image_at(struct process *process, uint64_t time_ns)
{
	while (taken_over(process, time_ns))
		process = process->heir;
	return process;
}

/* Known to be gone by then. One that was killed, and that nobody audited waited for, counts as living. */
static bool is_gone(struct process *process, uint64_t time_ns)
{
	const struct process *image = image_at(process, time_ns);
	return image->ended_ns && image->ended_ns < time_ns && !(image->replaced && image->heir);
}

/* What runs in the place of its parent; beyond a parent whose place it took itself, as a daemon. */
static struct process *above(const struct process *process, uint64_t time_ns)
{
	struct process *parent = process->parent;
	while (parent && image_at(parent, time_ns) == process)
		parent = parent->parent;
	return parent ? image_at(parent, time_ns) : NULL;
}

struct process *owner_at(struct process *maker, uint64_t time_ns)
{
	struct process *owner = image_at(maker, time_ns);
	while (owner && is_gone(owner, time_ns) && owner->ended_cleanly)
		owner = above(owner, time_ns);
	return owner;
}

static bool same(struct process *a, struct process *b)
{
	return process_root(a) == process_root(b);
}

/* `process` is `owner` or was started by it, through processes that all still live. */
static bool started_by(struct process *process, struct process *owner, uint64_t time_ns)
{
	for (struct process *at = process; at; at = at->parent) {
		if (same(image_at(at, time_ns), owner))
			return true;
		if (at != process && is_gone(at, time_ns))
			return false;
	}
	return false;
}

/* ---- scopes ---- */

/* "test_x (call)" and "test_x (teardown)" are one test. */
static struct text scope_base(struct text scope)
{
	if (!text_ends(scope, ")"))
		return scope;
	size_t at = scope.size;
	while (at && scope.at[at - 1] != '(')
		at--;
	return at >= 2 && scope.at[at - 2] == ' ' ? (struct text){scope.at, at - 2} : scope;
}

static size_t changes_until(const struct process *process, uint64_t time_ns)
{
	size_t low = 0, high = process->scope_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (process->scopes[middle].time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool scope_ended(const struct event *made, uint64_t time_ns)
{
	struct text scope = scope_base(made->scope);
	if (!scope.size)
		return false;
	const struct process *process = made->process;
	for (int i = 0; process && i < GENERATIONS_MAX; i++) {
		for (size_t k = changes_until(process, made->time_ns); k < process->scope_count; k++) {
			if (process->scopes[k].time_ns >= time_ns)
				break;
			if (!text_equal(scope_base(process->scopes[k].scope), scope))
				return true;
		}
		process = process->before ? process->before : process->parent;
	}
	return false;
}

/*
 * unittest sets no variable: its tests are told by their frames. A page of a test that is released in the same thread outside any
 * test, or in another one, went too late.
 */
static bool test_ended(struct arena *arena, const struct event *made, const struct event *release)
{
	if (made->scope.size || !made->python || made->python->runner == made->python->count || made->tid != release->tid)
		return false;
	bool in_case;
	struct text test = python_test(arena, made, NULL), other = python_test(arena, release, &in_case);
	return test.size && (!in_case || (other.size && !text_equal(test, other)));
}

/* ---- releases ---- */

static enum phase phase_of(struct arena *arena, struct symbols *symbols, const struct page *page, struct process *owner)
{
	const struct event *release = page->release;
	bool own = same(release->process, page->made->process) || (owner && same(release->process, owner));
	unsigned within = own ? symbols_within(symbols, release->native) : 0;
	const struct process *image = own ? release->process : owner;
	if (within & WITHIN_FINALIZATION)
		return PHASE_FINALIZATION;
	if (within & WITHIN_EXIT || (image && image->exit_begun_ns && release->time_ns >= image->exit_begun_ns))
		return PHASE_EXIT;
	if (scope_ended(page->made, release->time_ns) || (own && test_ended(arena, page->made, release)))
		return PHASE_AFTER_SCOPE;
	return own && python_collected(symbols, release) ? PHASE_COLLECTOR : PHASE_RUNNING;
}

enum verdict owner_release(struct arena *arena, struct symbols *symbols, struct page *page)
{
	const struct event *release = page->release;
	struct process *maker = page->made->process, *owner;
	if (same(release->process, maker)) /* whatever is known of its end */
		owner = release->process;
	else
		owner = owner_at(maker, release->time_ns);
	page->owner = owner ? owner : maker;
	page->phase = phase_of(arena, symbols, page, owner);
	if (!owner || (!same(release->process, owner) &&
		       (is_gone(owner, release->time_ns) || !started_by(release->process, owner, release->time_ns))))
		return VERDICT_FOREIGN;
	return page->phase >= PHASE_AFTER_SCOPE ? VERDICT_LATE : VERDICT_RELEASED;
}
