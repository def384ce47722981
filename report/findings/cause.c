/*
 * cause.c - picks the best answer of the interpreter, or concludes a cause. Must not read the disk or change a verdict.
 */
#include "findings/cause.h"
#include "base/arena.h"
#include "base/sorted_list.h"
#include "base/text.h"
#include "format.h"
#include "frames/languages.h"
#include "judge/program_end.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include <signal.h>
#include <string.h>

/* ---- answers of interpreters ---- */

static size_t first_of(const struct journal *journal, uint64_t event)
{
	return COUNT_BEFORE(journal->cause_count, i, journal->causes[i].event < event);
}

/* The answer at the end of the test if there is one; otherwise the last one that is not "unknown". */
static const struct cause *answer_for(const struct journal *journal, const struct event *made)
{
	const struct cause *found = NULL;
	for (size_t i = first_of(journal, made->offset);
	     i < journal->cause_count && journal->causes[i].event == made->offset; i++) {
		const struct cause *answer = &journal->causes[i];
		bool says_more = !found || found->kind == CAUSE_UNKNOWN ||
				 (answer->kind != CAUSE_UNKNOWN && found->moment != MOMENT_SCOPE);
		if (says_more)
			found = answer;
	}
	return found;
}

/* Addresses are reused, so the type must agree: the first link of the chain begins with it, "Table at 0x...". */
static bool is_of_type(const struct cause *cause, const struct language *language, struct text type)
{
	struct text name = language_short_name(language, type),
		    link = cause->chain_count ? cause->chain[0] : text_none();
	return link.size > name.size && memcmp(link.at, name.at, name.size) == 0 &&
	       text_starts((struct text){link.at + name.size, link.size - name.size}, " at 0x");
}

/* The exception that a finalizer of one of the page's objects raised while the page existed; NULL none. */
static const struct cause *raised_for(const struct journal *journal, const struct page *page)
{
	const struct event *made = page->made;
	for (size_t i = 0; i < journal->cause_count && !journal->causes[i].event; i++) {
		const struct cause *cause = &journal->causes[i];
		if (cause->process != made->process || cause->time_ns < made->time_ns ||
		    (page->release && cause->time_ns > page->release->time_ns))
			continue;
		for (int k = 0; k < made->object_count; k++)
			if (made->objects[k].address == cause->object &&
			    is_of_type(cause, language_of(made->script), made->objects[k].type))
				return cause;
	}
	return NULL;
}

/*
 * Corrects "no finalizer" of a page that was released late: it has one, but the last link of the chain kept the owner.
 */
static const struct cause *kept_until_the_end(struct arena *arena, const struct finding *finding,
					      const struct cause *cause)
{
	if (!cause || finding->verdict != VERDICT_LATE || cause->kind != CAUSE_NO_FINALIZER || cause->chain_count < 2)
		return cause;
	struct cause *kept = arena_take(arena, sizeof *kept);
	struct text last = cause->chain[cause->chain_count - 1];
	*kept = *cause;
	kept->kind = CAUSE_REFERENCED;
	kept->detail = text_of(arena_format(arena, "held by %.*s", (int)last.size, last.at));
	kept->advice = text_of("end what keeps it, or release it explicitly, as with `with`");
	return kept;
}

/* The answer for the first page that has one other than "unknown". */
static const struct cause *asked(const struct journal *journal, struct finding *finding)
{
	const struct cause *found = NULL;
	for (size_t i = 0; i < finding->entries && (!found || found->kind == CAUSE_UNKNOWN); i++) {
		const struct page *page = finding->pages[i];
		const struct cause *answer = answer_for(journal, page->made);
		bool knows = answer && (answer->alive || answer->kind != CAUSE_UNKNOWN);
		if (knows && !finding->object_known) {
			finding->object_known = true;
			finding->object_alive = answer->alive;
		}
		const struct cause *raised = journal->causes[0].event ? NULL : raised_for(journal, page);
		if (raised)
			return raised;
		if (answer)
			found = answer;
	}
	return found;
}

/* ---- conclusions ---- */

static struct cause *concluded(struct arena *arena, enum cause_kind kind, const char *detail, const char *advice)
{
	struct cause *cause = arena_take(arena, sizeof *cause);
	cause->kind = kind;
	cause->detail = text_of(detail);
	cause->advice = text_of(advice);
	return cause;
}

static const struct process *last_image(const struct process *process)
{
	while (process->heir && process->heir != process)
		process = process->heir;
	return process;
}

static const struct cause *killed(const struct journal *journal, const struct finding *finding)
{
	static const char *const early =
		"unlink the name right after opening it, or have whoever started the process clean up";
	struct arena *arena = journal->arena;
	const struct process *process =
		last_image(finding->pages[0]->owner ? finding->pages[0]->owner : finding->owner);
	if (process->signal)
		return concluded(
			arena, CAUSE_KILLED,
			arena_format(arena, "signal %d (%s) ended the process before it could", process->signal,
				     strsignal(process->signal)),
			process->signal == SIGKILL || program_end_is_crash(process->signal)
				? early
				: "handle the signal and leave in order, or unlink the name right after opening it");
	if (finding->object && finding->owner->replaced)
		return concluded(arena, CAUSE_KILLED, "the process became another program by exec before it could",
				 "release before exec, or start the other program as a child");
	if (!process->ended_cleanly && process->ended_ns && !process->replaced)
		return concluded(arena, CAUSE_KILLED, "the process ended without running its exit handlers", early);
	if (!process->ended_cleanly && !process->replaced && process->audited && journal->all_gone)
		return concluded(arena, CAUSE_KILLED, "the process was killed, or crashed, before it could", early);
	return NULL;
}

static const struct cause *collected(struct arena *arena, const struct finding *finding)
{
	uint64_t longest = 0;
	for (size_t i = 0; i < finding->entries; i++) {
		const struct page *page = finding->pages[i];
		if (page->release->time_ns > page->made->time_ns &&
		    page->release->time_ns - page->made->time_ns > longest)
			longest = page->release->time_ns - page->made->time_ns;
	}
	const char *how = finding->release_trigger && !strcmp(finding->release_trigger, "gc.collect()")
				  ? "only when the program called gc.collect()"
			  : finding->release_trigger && !strcmp(finding->release_trigger, "automatic collection")
				  ? "only when the collector happened to run"
				  : "only by the garbage collector";
	return concluded(arena, CAUSE_COLLECTED,
			 arena_format(arena, "%s, up to %.3g s after it was made", how, (double)longest / 1e9),
			 "its owner was in a reference cycle: break it, or release explicitly, as with `with`");
}

/* The cause of a page that a script made, but no object, though the interpreter was asked for one. */
static const struct cause *ownerless(const struct journal *journal, const struct finding *finding)
{
	bool is_open = finding->verdict == VERDICT_LEAKED || finding->verdict == VERDICT_LATE;
	if (!is_open || !finding->script || finding->object || !finding->owner->asked)
		return NULL;
	struct language_cause cause = language_ownerless(finding->script, last_image(finding->owner), finding->verdict);
	return cause.detail ? concluded(journal->arena, cause.kind, cause.detail, cause.advice) : NULL;
}

/* Adds to the cause of a page whose owner had a finalizer at exit that the end of the interpreter did not run. */
static const struct cause *outlived(struct arena *arena, const struct finding *finding, const struct cause *cause)
{
	bool held = cause && (cause->kind == CAUSE_REFERENCED || cause->kind == CAUSE_CYCLE) &&
		    cause->moment == MOMENT_EXIT;
	if (!held || finding->verdict != VERDICT_LEAKED || !last_image(finding->owner)->ended_cleanly)
		return cause;
	struct cause *more = arena_take(arena, sizeof *more);
	*more = *cause;
	more->detail =
		text_of(arena_format(arena, "%.*s; and its finalizer did not remove it when the interpreter ended",
				     (int)cause->detail.size, cause->detail.at));
	more->advice = text_of(arena_format(arena, "see what Python printed at its end; and %.*s",
					    (int)cause->advice.size, cause->advice.at));
	return more;
}

void cause_find(const struct journal *journal, struct finding *finding)
{
	finding->journal = journal;
	finding->cause = NULL;
	finding->object_known = finding->object_alive = false;
	if (finding->stranger || !finding->owner)
		return;
	if (finding->verdict == VERDICT_RELEASED) {
		finding->cause = collected(journal->arena, finding);
		return;
	}
	if (journal->cause_count)
		finding->cause = outlived(journal->arena, finding,
					  kept_until_the_end(journal->arena, finding, asked(journal, finding)));
	if (!finding->cause && (finding->verdict == VERDICT_LEAKED || finding->verdict == VERDICT_FOREIGN))
		finding->cause = killed(journal, finding);
	if (!finding->cause)
		finding->cause = ownerless(journal, finding);
}
