/*
 * owner.c - follows ownership through fork, exec and the end of processes. Must not ask what makes an entry a page.
 */
#include "judge/owner.h"
#include "frames/release_way.h"
#include "frames/stack_context.h"
#include "journal/process_tree.h"
#include "judge/test_scope.h"
#include "model/event_model.h"

/* Has its heir taken its place? A daemon's child does when the parent ends, an image after exec when it begins. */
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

/* Is it known to have ended by then? One that was killed, and that no audited process waited for, counts as living. */
static bool is_gone(struct process *process, uint64_t time_ns)
{
	const struct process *image = image_at(process, time_ns);
	return image->ended_ns && image->ended_ns < time_ns && !(image->replaced && image->heir);
}

/*
 * The image that runs in the place of its parent; of the next one above if it took the parent's place itself, as a
 * daemon.
 */
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
	return process_tree_root(a) == process_tree_root(b);
}

/* Is `process` the owner, or started by it through processes that all still live? */
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

/* ---- releases ---- */

static enum phase phase_of(struct arena *arena, struct symbols *symbols, const struct page *page, struct process *owner)
{
	const struct event *release = page->release;
	bool own = same(release->process, page->made->process) || (owner && same(release->process, owner));
	unsigned within = own ? stack_context(symbols, release->native) : 0;
	const struct process *image = own ? release->process : owner;
	bool exiting =
		within & WITHIN_EXIT || (image && image->exit_begun_ns && release->time_ns >= image->exit_begun_ns);
	/* Comes first: whatever removed it then, the exit of the process perhaps, its test failed to. */
	if (test_scope_over(arena, symbols, page->made, release, own, exiting || within & WITHIN_FINALIZATION))
		return PHASE_AFTER_SCOPE;
	if (within & WITHIN_FINALIZATION)
		return PHASE_FINALIZATION;
	if (exiting)
		return PHASE_EXIT;
	return own && release_way_is_collected(symbols, release) ? PHASE_COLLECTOR : PHASE_RUNNING;
}

enum verdict owner_release(struct arena *arena, struct symbols *symbols, struct page *page)
{
	const struct event *release = page->release;
	struct process *maker = page->made->process, *owner;
	if (same(release->process, maker)) /* even if its recorded end is earlier */
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
